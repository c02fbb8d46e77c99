#!/bin/bash
# rootfs.sh IMAGE [PACKAGE ...]: makes an ext4 image of a Debian 13 with systemd (about half a minute). Needs root.
set -euo pipefail
image=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
for tool in mmdebstrap mke2fs xz; do
  command -v $tool > /dev/null || { apt-get update -q && apt-get -o DPkg::Lock::Timeout=300 install -y -q mmdebstrap e2fsprogs xz-utils; } > /dev/null
done
packages=(systemd systemd-sysv udev dbus kmod iproute2 python3-minimal gpiod spi-tools procps dosfstools "$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dir=$work/root
mmdebstrap --quiet --variant=minbase --include="$(IFS=,; echo "${packages[*]}")" trixie "$dir"
install -m 755 "$here/lab-init" "$here/lab-run" "$dir/usr/local/sbin/"
install -m 644 "$here/lab-run.service" "$dir/etc/systemd/system/"
mkdir -p "$dir/share" "$dir/repo" "$dir/etc/systemd/system/multi-user.target.wants"
ln -sf ../lab-run.service "$dir/etc/systemd/system/multi-user.target.wants/lab-run.service"
# gpiomon of Debian 12, whose words are others
mkdir "$work/v1" "$dir/opt/gpiod-1"
(
  cd "$work/v1"
  mkdir -p lists/partial cache/archives/partial state
  touch state/status
  key='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
  echo "deb $key http://deb.debian.org/debian bookworm main" > sources.list
  printf 'Dir::State "%s/state"; Dir::State::lists "%s/lists"; Dir::State::status "%s/state/status"; Dir::Cache "%s/cache"; Dir::Etc::sourcelist "%s/sources.list"; Dir::Etc::sourceparts "-"; Acquire::Languages "none"; APT::Sandbox::User "root";' "$PWD" "$PWD" "$PWD" "$PWD" "$PWD" > apt.conf
  export APT_CONFIG=$PWD/apt.conf
  apt-get update -qq
  apt-get download -qq gpiod libgpiod2
  for deb in ./*.deb; do dpkg-deb --extract "$deb" x; done
)
cp "$work"/v1/x/usr/bin/gpio{mon,get,find} "$dir/opt/gpiod-1/"
cp -a "$work"/v1/x/usr/lib/x86_64-linux-gnu/libgpiod.so.2* "$dir/usr/lib/x86_64-linux-gnu/"
# slow, and of no use here
for unit in systemd-hwdb-update systemd-firstboot systemd-journal-catalog-update systemd-update-done ldconfig systemd-timesyncd console-getty getty@tty1 e2scrub_reap systemd-pstore systemd-networkd-wait-online; do
  ln -sf /dev/null "$dir/etc/systemd/system/$unit.service"
done
for timer in apt-daily apt-daily-upgrade dpkg-db-backup e2scrub_all fstrim systemd-tmpfiles-clean; do
  ln -sf /dev/null "$dir/etc/systemd/system/$timer.timer"
done
rm -f "$image.new"
mke2fs -q -t ext4 -d "$dir" "$image.new" 3G
mv "$image.new" "$image"
