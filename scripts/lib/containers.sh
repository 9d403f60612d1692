# shellcheck shell=bash
# What the tests in containers need: a Docker engine, docker compose, images. Each function sets no_containers to the reason
# if it cannot be had, and leaves it empty otherwise. Needs common.sh.

# Checks for docker and docker compose, and starts an engine if none answers and this user may.
frl_engine_up() {
  local log=$1
  no_containers=
  [[ $(uname -sm) == "Linux x86_64" ]] || no_containers="the images are for Linux on x86-64"
  command -v docker >/dev/null || no_containers="docker is not installed"
  [[ -z $no_containers ]] || return 0
  if ! docker compose version >/dev/null 2>&1; then
    no_containers="docker compose is not installed"
    return
  fi
  ! docker version >/dev/null 2>&1 || return 0
  if ((EUID)) || ! command -v dockerd >/dev/null; then
    no_containers="no Docker engine answers"
    return
  fi
  mkdir -p "${log%/*}"
  # The file of an engine that was killed would keep a new one from starting.
  [[ ! -f /var/run/docker.pid ]] || kill -0 "$(cat /var/run/docker.pid)" 2>/dev/null || rm -f /var/run/docker.pid
  setsid dockerd >"$log" 2>&1 </dev/null &
  frl_engine=$!
  for _ in {1..60}; do
    ! docker version >/dev/null 2>&1 || return 0
    kill -0 "$frl_engine" 2>/dev/null || break
    sleep 1
  done
  frl_engine_down
  no_containers="no Docker engine answers, and dockerd could not be started here: $(tail -n 1 "$log")"
}

# Stops the engine if this process started it.
frl_engine_down() {
  [[ -n ${frl_engine:-} ]] || return 0
  kill "$frl_engine" 2>/dev/null || true
  wait "$frl_engine" 2>/dev/null || true
  frl_engine=
}

# Fetches the public images of docker-compose.yml, or builds stand-ins for them where no registry can be reached, and builds the
# images of frl. Exports the names of the images.
frl_test_images() {
  local root=$1 log=$2
  no_containers=
  if ! (cd "$root" && timeout 900 docker compose pull --quiet --policy missing kafka postgres mlflow) >"$log" 2>&1; then
    echo "no registry can be reached: building stand-ins for the public images"
    # Testcontainers' own images: one that cleans up after a killed test, and one that finds the address of the engine.
    export TESTCONTAINERS_RYUK_DISABLED=true TESTCONTAINERS_HOST_OVERRIDE=localhost TESTCONTAINERS_PULL_TIMEOUT=10
    eval "$("$root/tests/containers/build" --env)"
    if ! "$root/tests/containers/build" 2>>"$log"; then
      no_containers="no registry can be reached, and tests/containers/build failed; log: $log"
      return
    fi
  fi
  "$root/scripts/images" 2>>"$log" || no_containers="scripts/images failed; log: $log"
}
