"""The only public face: resident doors (web chat, WeChat) and the staff desk. Imports community, never bot or actions."""
