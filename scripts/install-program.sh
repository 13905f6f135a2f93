# Sourced. Finds the programs that tests and examples need, and installs missing ones with the package manager.

# use_program VARIABLE NAME...: leaves VARIABLE exported as the program's path: the one that it names already, or the first name on PATH.
use_program() {
  local variable="$1" name candidate
  shift
  if [[ -n "${!variable:-}" ]]; then
    [[ -x "${!variable}" ]] || { echo "error: $variable names '${!variable}', which is not a program" >&2; return 1; }
    return 0
  fi

  for name in "$@"; do
    # Debian puts servers into /usr/sbin, which an ordinary user's PATH leaves out.
    for candidate in "$(command -v "$name" || true)" "/usr/sbin/$name" "/usr/local/sbin/$name"; do
      if [[ -n "$candidate" && -x "$candidate" ]]; then
        export "$variable=$candidate"
        return 0
      fi
    done
  done
  return 1
}

# install_program PACKAGE VARIABLE NAME...: the same, and installs the package when there is no such program yet.
install_program() {
  local package="$1" variable="$2" as_root=()
  shift
  if [[ -n "${!variable:-}" ]]; then
    use_program "$@"
    return
  fi

  use_program "$@" && return

  if ! command -v apt-get >/dev/null; then
    echo "error: $package is neither on PATH nor named by $variable, and there is no apt-get to install it with" >&2
    return 1
  fi

  if [[ "$(id -u)" != 0 ]]; then
    if ! command -v sudo >/dev/null; then
      echo "error: $package is missing, and installing it needs root or sudo; install the package $package, or set $variable" >&2
      return 1
    fi
    as_root=(sudo)
  fi

  echo "Installing $package with apt-get."
  if ! "${as_root[@]}" apt-get update -qq >/dev/null \
    || ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null; then
    echo "error: apt-get could not install $package; install it by hand, or set $variable" >&2
    return 1
  fi

  # A package that starts a service leaves one on its usual port; the tests use servers and ports of their own and let it be.
  use_program "$@" || { echo "error: the package $package was installed, but it brought no ${2}" >&2; return 1; }
}

install_nats_server() {
  install_program nats-server NATS_SERVER nats-server
}
