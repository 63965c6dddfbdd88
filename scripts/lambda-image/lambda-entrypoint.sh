#!/bin/sh
# Outside Lambda the SAM CLI mounts an emulator of the runtime API; inside, the API is there already.
if [ -n "$AWS_LAMBDA_RUNTIME_API" ]; then exec /var/runtime/bootstrap; fi
exec /usr/local/bin/aws-lambda-rie /var/runtime/bootstrap
