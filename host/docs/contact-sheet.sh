#!/bin/sh
# Makes contact-sheet.webp from the output of `just demo` in .obscura. Needs Chromium, and cwebp or Pillow.
set -eu
cd "$(dirname "$0")"
"${CHROMIUM:-chromium}" --headless --no-sandbox --hide-scrollbars --window-size=1060,730 \
    --virtual-time-budget=4000 --screenshot=contact-sheet.png "file://$PWD/contact-sheet.html"
if command -v cwebp >/dev/null; then
    cwebp -quiet -q 80 contact-sheet.png -o contact-sheet.webp
else
    python3 -c 'from PIL import Image; Image.open("contact-sheet.png").save("contact-sheet.webp", quality=80)'
fi
rm contact-sheet.png
