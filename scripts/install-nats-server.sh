# Sourced. Leaves NATS_SERVER exported: the one that it names already, or that is on PATH, or that the package manager installs.

use_nats_server() {
  local candidate
  if [[ -n "${NATS_SERVER:-}" ]]; then
    [[ -x "$NATS_SERVER" ]] || { echo "error: NATS_SERVER names '$NATS_SERVER', which is not a program" >&2; return 1; }
    return 0
  fi

  # Debian puts it into /usr/sbin, which an ordinary user's PATH leaves out.
  for candidate in "$(command -v nats-server || true)" /usr/sbin/nats-server /usr/local/sbin/nats-server; do
    if [[ -n "$candidate" && -x "$candidate" ]]; then
      export NATS_SERVER="$candidate"
      return 0
    fi
  done
  return 1
}

install_nats_server() {
  local as_root=()
  if [[ -n "${NATS_SERVER:-}" ]]; then
    use_nats_server
    return
  fi

  use_nats_server && return

  if ! command -v apt-get >/dev/null; then
    echo "error: nats-server is neither on PATH nor named by NATS_SERVER, and there is no apt-get to install it with" >&2
    return 1
  fi

  if [[ "$(id -u)" != 0 ]]; then
    if ! command -v sudo >/dev/null; then
      echo "error: nats-server is missing, and installing it needs root or sudo; install the package nats-server, or set NATS_SERVER" >&2
      return 1
    fi
    as_root=(sudo)
  fi

  echo "Installing nats-server with apt-get."
  if ! "${as_root[@]}" apt-get update -qq \
    || ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nats-server >/dev/null; then
    echo "error: apt-get could not install nats-server; install it by hand, or set NATS_SERVER" >&2
    return 1
  fi

  # A package that starts a service leaves one on port 4222; the tests use servers and ports of their own and let it be.
  use_nats_server || { echo "error: the package nats-server was installed, but it brought no nats-server" >&2; return 1; }
}
