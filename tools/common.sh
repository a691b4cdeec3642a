# Sourced by the tools: what they share. Messages go to stderr; stdout belongs to what a tool prints.
# shellcheck shell=bash

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

# ensure_packages GROUP...: installs what is missing of these groups of packages.txt; says nothing if nothing is.
# Exit code 3 when it cannot.
ensure_packages() {
  local wanted installed missing
  wanted=$(awk -v groups=" $* " '$1 !~ /^#/ && NF == 2 && index(groups, " " $1 " ") { print $2 }' \
    "$root/tools/packages.txt" | sort)
  if ! command -v dpkg-query > /dev/null; then
    say "This is not a Debian system. Needed, under Debian's names: ${wanted//$'\n'/ }"
    exit 3
  fi
  # dpkg-query fails when it does not know one of them.
  # shellcheck disable=SC2086  # one word a package
  installed=$({ dpkg-query -W -f='${db:Status-Status} ${Package}\n' $wanted 2> /dev/null || true; } |
    sed -n 's/^installed //p' | sort)
  missing=$(comm -23 <(echo "$wanted") <(echo "$installed") | tr '\n' ' ')
  [[ -z ${missing// /} ]] && return

  local as_root=()
  if [[ $(id -u) != 0 ]]; then
    if ! command -v sudo > /dev/null; then
      say "Missing packages, and neither root nor sudo to install them with: $missing"
      exit 3
    fi
    as_root=(sudo)
  fi
  say "Installing packages: $missing"
  # An update only if the package lists of this machine do not do.
  # shellcheck disable=SC2086
  if ! apt-get install --simulate --no-install-recommends -qq $missing > /dev/null 2>&1 ||
    ! apt_get install --no-install-recommends -y -qq $missing; then
    if ! apt_get update -qq || ! apt_get install --no-install-recommends -y -qq $missing; then
      say "apt-get could not install these packages: $missing"
      exit 3
    fi
  fi
}

apt_get() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get "$@" >&2; }

# configure PRESET [CMAKE ARGUMENTS]: configures its build folder ($root/build, or build-PRESET) if that is not done.
configure() {
  local preset=$1 folder
  folder=$(build_folder "$preset")
  shift
  if [[ ! -f $folder/build.ninja || $# -gt 0 ]]; then
    say "Configuring $folder"
    (cd "$root" && cmake --preset "$preset" "$@" --log-level=WARNING > /dev/null) ||
      { say "CMake could not configure the build; see above."; exit 3; }
  fi
}

build_folder() { if [[ $1 == release ]]; then echo "$root/build"; else echo "$root/build-$1"; fi; }

# build PRESET TARGET...: progress on stderr; silent if there is nothing to do.
build() {
  local folder
  folder=$(build_folder "$1")
  shift
  if ! ninja -C "$folder" -n "$@" 2> /dev/null | grep -q 'no work to do'; then
    say "Building ${*:-everything} in $folder"
    ninja -C "$folder" "$@" >&2 || exit 4
  fi
}

# targets PRESET FOLDER: names of the programs that this build puts into FOLDER.
targets() { ninja -C "$(build_folder "$1")" -t targets all | sed -n "s|^$2/\([A-Za-z0-9_-]*\): .*|\1|p" | sort; }
