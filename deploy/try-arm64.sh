#!/bin/bash
# try-arm64.sh PACKAGE: unpacks the arm64 package into an arm64 Debian and starts it there under qemu, without a Pi:
# Node, the SQLite and serial port add-ons, the onoff add-on, spi-pipe, and the service up to its API. Needs root.
set -euo pipefail
package=$(realpath "$1")
command -v mmdebstrap > /dev/null || apt-get install -y -q mmdebstrap > /dev/null
command -v qemu-aarch64-static > /dev/null || apt-get install -y -q qemu-user-static > /dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
# The C library and what Raspberry Pi OS Lite has of our needs; unpacked only, since nothing of it must be configured.
mmdebstrap --quiet --arch=arm64 --variant=extract --include=libc6,libstdc++6,bash,dash,coreutils,systemd,udev,libsystemd-shared trixie "$root"
dpkg-deb --extract "$package" "$root"
cp "$(command -v qemu-aarch64-static)" "$root/usr/bin/qemu-aarch64-static"
mkdir -p "$root"/{proc,dev,tmp,run,var/lib/livepen,etc/livepen}
cp "$root"/usr/share/livepen/* "$root/etc/livepen/"
[[ -e $root/dev/null ]] || mknod -m 666 "$root/dev/null" c 1 3
[[ -e $root/dev/urandom ]] || mknod -m 666 "$root/dev/urandom" c 1 9
inside() { chroot "$root" /usr/bin/qemu-aarch64-static "$@"; }
node=/usr/lib/livepen/bin/node

inside $node --version
inside $node -p 'process.arch'
for module in better-sqlite3 @serialport/bindings-cpp onoff; do
  inside $node -e "process.chdir('/usr/lib/livepen'); require('/usr/lib/livepen/node_modules/$module'); console.log('$module loads')"
done
# It says its version and ends with 1; what counts is that it says it.
spi=$(inside /usr/lib/livepen/bin/spi-pipe --version 2>&1 || true)
[[ $spi == spi-pipe* ]]
echo "${spi%%$'\n'*}"
# Not through the function: the signal to end must reach the service, not a shell.
STATE_DIRECTORY=/var/lib/livepen chroot "$root" /usr/bin/qemu-aarch64-static $node /usr/lib/livepen/program/js/main.js run --config /etc/livepen/livepen.toml > "$work/log" 2>&1 &
service=$!
for _ in $(seq 60); do
  sleep 1
  grep -q 'listens on' "$work/log" && break
done
cat "$work/log"
grep -q 'listens on' "$work/log"
curl --silent --fail http://127.0.0.1:8420/health
echo
kill -TERM $service
wait $service
echo "The arm64 package starts, answers and ends in order."
