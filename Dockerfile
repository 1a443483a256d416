# worker, submit, demo and sandbox in one image. What no test can show without a
# container engine: that the two base images can be pulled, and the build itself.
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
ENV CGO_ENABLED=0 GOTOOLCHAIN=local

COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download

# Named one by one: what a demo left behind, and .git, stay outside.
COPY cmd cmd
COPY internal internal
COPY migrations migrations
COPY pkg pkg
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    go build -trimpath -ldflags="-s -w" -o /out/ ./cmd/worker ./cmd/submit ./cmd/demo ./cmd/sandbox

# Alpine rather than an empty image for its wget (health checks) and certificate bundle.
FROM alpine:3.22.2
# The keys volume takes over this directory's owner when it is first mounted.
RUN adduser -D -H -u 65532 enroll && install -d -o enroll -g enroll -m 0700 /keys
COPY --from=build /out/ /usr/local/bin/
USER 65532:65532
ENTRYPOINT ["worker"]
CMD ["run"]
