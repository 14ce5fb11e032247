#!/bin/sh
# Sets MinIO up for Obscura. compose.yaml runs it; it can also be run by hand, with `mc` and the same variables.
set -eu

url=${MINIO_URL:-http://minio:9000}
until mc alias set store "$url" obscura-root "$MINIO_ROOT_PASSWORD" >/dev/null 2>&1; do sleep 1; done

mc mb --ignore-existing store/pictures store/renditions store/components

# Obscura's key reads pictures, and writes renditions and components.
mc admin user add store obscura "$OBSCURA_SECRET_KEY"
mc admin policy create store obscura /policy.json
mc admin policy attach store obscura --user obscura 2>/dev/null ||
    mc admin policy entities store --user obscura | grep -q obscura

arn=arn:minio:sqs::OBSCURA:webhook
mc event add --ignore-existing --event put,delete store/pictures "$arn"
mc event add --ignore-existing --event put,delete --prefix pipeline.json store/components "$arn"
mc event add --ignore-existing --event put --prefix incoming/ store/components "$arn"
mc event add --ignore-existing --event put --prefix outcomes/ store/components "$arn"
