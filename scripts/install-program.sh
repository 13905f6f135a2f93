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
  local package="$1" variable="$2"
  shift
  if [[ -n "${!variable:-}" ]]; then
    use_program "$@"
    return
  fi

  use_program "$@" && return
  install_packages "$variable" "$package" || return
  # A package that starts a service leaves one on its usual port; the tests use servers and ports of their own and let it be.
  use_program "$@" || { echo "error: the package $package was installed, but it brought no ${2}" >&2; return 1; }
}

# run_as_root PACKAGE VARIABLE COMMAND...: runs the command that the package needs; VARIABLE is what its user can set instead.
run_as_root() {
  local package="$1" variable="$2"
  shift 2
  if [[ "$(id -u)" == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "error: $package is missing, and installing it needs root or sudo; install the package $package, or set $variable" >&2
    return 1
  fi
}

# install_packages VARIABLE PACKAGE...: installs with apt-get.
install_packages() {
  local variable="$1"
  shift
  if ! command -v apt-get >/dev/null; then
    echo "error: $* is neither on PATH nor named by $variable, and there is no apt-get to install it with" >&2
    return 1
  fi

  echo "Installing $* with apt-get."
  run_as_root "$*" "$variable" true || return
  if ! run_as_root "$*" "$variable" apt-get update -qq >/dev/null \
    || ! run_as_root "$*" "$variable" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null; then
    echo "error: apt-get could not install $*; install it by hand, or set $variable" >&2
    return 1
  fi
}

install_nats_server() {
  install_program nats-server NATS_SERVER nats-server
}

# use_postgres: leaves POSTGRES_BIN exported as the folder with initdb and postgres: the one that it names already, or one on PATH, or
# that of Debian's newest package, which puts no server on PATH.
use_postgres() {
  local folder
  if [[ -n "${POSTGRES_BIN:-}" ]]; then
    [[ -x "$POSTGRES_BIN/initdb" && -x "$POSTGRES_BIN/postgres" ]] \
      || { echo "error: POSTGRES_BIN names '$POSTGRES_BIN', which has no initdb and postgres" >&2; return 1; }
    return 0
  fi

  for folder in $(tr ':' ' ' <<<"$PATH") $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV); do
    if [[ -x "$folder/initdb" && -x "$folder/postgres" ]]; then
      export POSTGRES_BIN="$folder"
      return 0
    fi
  done
  return 1
}

# install_postgres: the same, and installs PostgreSQL when there is none. The package would create a cluster and start it with the
# machine; a file that is there while the package is installed keeps it from that.
install_postgres() {
  local no_cluster=/etc/postgresql-common/createcluster.d/nats-actors.conf status=0
  if [[ -n "${POSTGRES_BIN:-}" ]]; then
    use_postgres
    return
  fi

  use_postgres && return
  install_packages POSTGRES_BIN postgresql-common || return
  run_as_root postgresql POSTGRES_BIN sh -c "mkdir -p '${no_cluster%/*}' && echo 'create_main_cluster = false' >'$no_cluster'" || return
  install_packages POSTGRES_BIN postgresql || status=$?
  run_as_root postgresql POSTGRES_BIN rm -f "$no_cluster"
  [[ $status == 0 ]] || return "$status"
  use_postgres || { echo "error: the package postgresql was installed, but it brought no initdb and postgres" >&2; return 1; }
}
