#!/usr/bin/env bash
# Structure from motion with Tessera as the matcher in front of COLMAP's mapper:
#
#   colmap.sh <photos> <results>
#
# <results> gets database.db and the reconstruction, sparse/0, which is measured at the end. With more photos in the folder run it again: the
# database grows, and what was matched before is not matched again.
set -euo pipefail

if [ $# -ne 2 ]; then
  echo 'usage: colmap.sh <photos> <results>' >&2
  exit 2
fi
photos=$1
out=$2

require() {
  command -v "$1" >/dev/null && return
  echo "colmap.sh: $1 is not installed. $2" >&2
  exit 2
}
require tessera 'Install it with: npm install --global tessera --ignore-scripts'
require colmap 'Install it with: apt-get install colmap (Debian, Ubuntu), or see https://colmap.github.io/install.html'

# Without a screen COLMAP wants to be told so.
export QT_QPA_PLATFORM="${QT_QPA_PLATFORM:-offscreen}"

mkdir -p "$out/sparse"
tessera sfm "$photos" --colmap "$out/database.db" --workspace "$out/work"
colmap mapper --database_path "$out/database.db" --image_path "$photos" --output_path "$out/sparse"
colmap model_analyzer --path "$out/sparse/0"
