#!/usr/bin/env bash
# system.sh lint|run|test: the system packages that each needs. Present ones cost a look, no more.
set -euo pipefail
purpose=${1:?lint, run or test}
python=${PYTHON:-python3}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "需要 Python 3.11 或更高版本（$python）。Python 3.11 or newer is needed; name it with PYTHON=…" >&2
    exit 1
fi

packages=()
"$python" -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)

# WeasyPrint draws with Pango and subsets fonts with HarfBuzz; without a CJK font it prints boxes and says nothing.
[ "$purpose" = lint ] || packages+=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk)

browser() {
    local name
    for name in chromium google-chrome chromium-browser; do
        command -v "$name" >/dev/null && return 0
    done
    return 1
}

if [ "$purpose" = test ]; then
    packages+=(poppler-utils libatomic1)
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || packages+=(postgresql)
    if ! browser; then
        # Ubuntu's chromium is a snap behind this name
        if grep -q '^ID=ubuntu' /etc/os-release 2>/dev/null; then packages+=(chromium-browser); else packages+=(chromium); fi
    fi
fi

[ ${#packages[@]} -eq 0 ] && exit 0
if ! command -v apt-get >/dev/null; then
    echo "本机不是 Debian／Ubuntu：请自行安装 Pango、HarfBuzz（subset）和中文字体（Noto CJK）；测试另需 Chromium 或 Chrome、PostgreSQL、poppler。" >&2
    echo "Not Debian or Ubuntu: please install Pango, HarfBuzz (subset) and Noto CJK fonts; tests also need Chromium or Chrome, PostgreSQL and poppler." >&2
    exit 0
fi

missing=()
for package in "${packages[@]}"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "缺少系统软件包，请以 root 运行：apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi
echo "安装系统软件包 / installing system packages: ${missing[*]}"
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
