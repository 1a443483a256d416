# Two images: production, the default, holds worker and submit; development, which docker-compose.yml builds, holds demo and
# sandbox as well. What no test can show without a container engine: that the two base images can be pulled, and the build itself.
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
    go build -trimpath -ldflags="-s -w" -o /out/ ./cmd/worker ./cmd/submit

FROM build AS build-development
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    go build -trimpath -ldflags="-s -w" -o /out/ ./cmd/demo ./cmd/sandbox

# Alpine rather than an empty image for its wget (health checks) and certificate bundle.
FROM alpine:3.22.2 AS base
# The keys volume takes over this directory's owner when it is first mounted.
RUN adduser -D -H -u 65532 enroll && install -d -o enroll -g enroll -m 0700 /keys
USER 65532:65532
ENTRYPOINT ["worker"]
CMD ["run"]

FROM base AS development
COPY --from=build-development /out/ /usr/local/bin/

# The last stage is what is built when no target is named.
FROM base AS production
COPY --from=build /out/ /usr/local/bin/
