#!/bin/sh
# Runs as the student, in the student's home: lays out the copies once, then starts the server.
set -eu
umask 077
if [ ! -d saliency ]; then
  rm -rf .saliency-half
  cp -R "$SALIENCY_COPIES" .saliency-half
  chmod -R u+w .saliency-half
  mv .saliency-half saliency
fi
# Short, because a socket's path may have 107 characters, and nobody else's to enter: a kernel's
# sockets lie here, and whoever reaches them reads along.
JUPYTER_RUNTIME_DIR=$(mktemp -d /tmp/saliency-XXXXXXXX)
export JUPYTER_RUNTIME_DIR
exec jupyterhub-singleuser "$@"
