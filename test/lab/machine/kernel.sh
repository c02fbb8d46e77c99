#!/bin/bash
# kernel.sh OUT: builds the lab's kernel, a Linux that runs as a plain process (User-Mode Linux) with a Pi's ports in
# software, from Debian's source. Five minutes on two free cores. Needs root for the compiler, if that is missing.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$1
for tool in gcc make flex bison bc xz; do
  command -v $tool > /dev/null || { apt-get update -q && apt-get -o DPkg::Lock::Timeout=300 install -y -q build-essential flex bison bc xz-utils; } > /dev/null
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# Debian 13 has this kernel; the machine that builds it may be another Debian.
mkdir -p lists/partial cache/archives/partial state
touch state/status
key='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
echo "deb $key http://deb.debian.org/debian trixie main" > sources.list
printf 'Dir::State "%s/state"; Dir::State::lists "%s/lists"; Dir::State::status "%s/state/status"; Dir::Cache "%s/cache"; Dir::Etc::sourcelist "%s/sources.list"; Dir::Etc::sourceparts "-"; Acquire::Languages "none"; APT::Sandbox::User "root";' "$PWD" "$PWD" "$PWD" "$PWD" "$PWD" > apt.conf
APT_CONFIG=$PWD/apt.conf apt-get update -qq
APT_CONFIG=$PWD/apt.conf apt-get download -qq linux-source-6.12
dpkg-deb --extract ./linux-source-6.12*.deb x
tar -xf x/usr/src/linux-source-6.12.tar.xz
cd linux-source-6.12
# A CPU with AMX has more registers than this Linux has room for, and takes back exactly as many bytes as it gave.
sed -i 's/DEFINE_LONGS(HOST_FP_SIZE, 2696)/DEFINE_LONGS(HOST_FP_SIZE, 12288)/' arch/x86/um/user-offsets.c
sed -i -e 's/^static int have_xstate_support;/&\nstatic unsigned long xstate_bytes = FP_SIZE * sizeof(unsigned long);/' \
  -e '/NT_X86_XSTATE, &iov) == 0)/{n;s/have_xstate_support = 1;/{ have_xstate_support = 1; xstate_bytes = iov.iov_len; }/}' \
  -e '/^int \(save\|restore\)_fp_registers/,/^}/s/FP_SIZE \* sizeof(unsigned long)/xstate_bytes/' arch/x86/um/os-Linux/registers.c
cp "$here/spi-mock.c" drivers/spi/
sed -i '$i config SPI_MOCK\n\tbool "mock SPI controller (test only)"\n' drivers/spi/Kconfig
echo 'obj-$(CONFIG_SPI_MOCK) += spi-mock.o' >> drivers/spi/Makefile
make -s ARCH=um defconfig
ARCH=um scripts/kconfig/merge_config.sh -m .config "$here/lab.config" > /dev/null
make -s ARCH=um olddefconfig
make -s ARCH=um -j"$(nproc)" linux
strip -o "$out" linux
