#!/bin/sh
# A Chromium for the browser tests, with Chinese type: the system's, installed from Debian's packages if missing.
set -e
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing Chromium for the browser tests …"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null
    exit 0
fi
echo "The browser tests need Chromium: install the package chromium (and fonts-noto-cjk), or run as root on Debian." >&2
exit 1
