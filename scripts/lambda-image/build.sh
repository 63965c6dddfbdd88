#!/usr/bin/env bash
# Builds a stand-in for the Lambda base image of Node.js 24, so that `sam local invoke` works where no image registry
# can be reached. Needs root on Debian or Ubuntu (x86_64) and the repository's npm packages. Does nothing when the image
# is there; takes about two minutes otherwise.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
repository=public.ecr.aws/lambda/nodejs
tag=$repository:24-x86_64
runtime_client=aws-lambda-ric@4.0.2

say() { echo "lambda-image: $*"; }

if docker image inspect "$tag" >/dev/null 2>&1; then
  say "$tag is there"
  exit 0
fi
if [ "$(uname -m)" != x86_64 ]; then
  say "can be built on x86_64 alone" >&2
  exit 1
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
system=$scratch/system

# Runs a step quietly, and shows the end of what it printed when it fails.
step() {
  local name=$1
  shift
  say "$name"
  "$@" >"$scratch/log" 2>&1 || {
    tail -20 "$scratch/log" >&2
    say "failed: $name" >&2
    exit 1
  }
}

install_tools() {
  apt-get update -qq
  apt-get install -y -qq debootstrap autoconf automake libtool cmake g++ make
}

make_system() {
  local release mirror
  release=$(. /etc/os-release && echo "$VERSION_CODENAME")
  mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/*.sources 2>/dev/null | head -1)
  debootstrap --variant=minbase --include=ca-certificates,libstdc++6 "$release" "$system" ${mirror:+"$mirror"}
}

add_runtime() {
  install -D "$root/node_modules/node/bin/node" "$system/usr/local/bin/node"
  install -d "$system/var/runtime" "$system/var/task" "$system/opt"
  echo '{ "private": true }' >"$system/var/runtime/package.json"
  (cd "$system/var/runtime" && PATH="$root/node_modules/.bin:$PATH" npm install --no-audit --no-fund "$runtime_client")
  install -m 755 "$here/bootstrap" "$here/layer-imports.mjs" "$system/var/runtime/"
  install -m 755 "$here/lambda-entrypoint.sh" "$system/"
}

make_image() {
  tar -C "$system" -cf "$scratch/root.tar" .
  cp "$here/Dockerfile" "$scratch/"
  rm -rf "$system"
  # The SAM CLI asks for these names.
  docker build -t "$tag" -t "$repository:24-rapid-x86_64" -t "$repository:24" "$scratch"
}

step 'install what building it takes' install_tools
step 'make a minimal Debian' make_system
step 'add Node.js 24 and the runtime interface client' add_runtime
step 'make the image' make_image
