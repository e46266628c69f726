# The proxy's image: one static program, the configuration for docker-compose.yml, a shell for its start.
FROM golang:1.26-alpine AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG VERSION=unknown
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /askwire ./cmd/askwire

FROM alpine:3.22
RUN apk add --no-cache ca-certificates tzdata && adduser -D -H -u 10001 askwire && install -d -o askwire /var/lib/askwire
COPY --from=build /askwire /usr/local/bin/askwire
COPY deploy/compose/config.toml /etc/askwire/config.toml
COPY generators/samples/ /etc/askwire/catalog.d/
USER askwire
WORKDIR /var/lib/askwire
EXPOSE 4306 4380
ENTRYPOINT ["askwire"]
CMD ["serve", "-c", "/etc/askwire/config.toml"]
