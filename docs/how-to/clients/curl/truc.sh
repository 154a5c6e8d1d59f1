#!/usr/bin/env bash
# One exchange with curl: send a signed envelope, then wait for what is there, fetch it, confirm it.
#   HUB=https://hub.example KEY=trk_… ./truc.sh send signed.edxml
#   HUB=https://hub.example KEY=trk_… ./truc.sh receive FOLDER
set -euo pipefail
auth=(-H "Authorization: Bearer $KEY")
again=(--retry 8 --retry-connrefused --fail-with-body -sS) # curl waits as Retry-After says

case "$1" in
send) # --data-binary, never --data: that eats line ends, and the signature with them
    curl "${again[@]}" "${auth[@]}" -H "Content-Type: application/xml" --data-binary "@$2" "$HUB/v1/envelopes"
    ;;
receive)
    mkdir -p "$2"
    curl "${again[@]}" "${auth[@]}" "$HUB/v1/inbox?wait=30&limit=100" |
        grep -o '"delivery_id": *"[^"]*"' | cut -d'"' -f4 |
        while read -r delivery; do
            curl "${again[@]}" "${auth[@]}" -o "$2/$delivery.edxml" "$HUB/v1/inbox/$delivery"
            curl "${again[@]}" "${auth[@]}" -H "Content-Type: application/json" -d '{"result": "done"}' \
                "$HUB/v1/inbox/$delivery/confirm"
            echo
        done
    ;;
esac
