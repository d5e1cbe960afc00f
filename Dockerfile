# HAWechaty in a container. Build: docker build -t ha-wechaty .
FROM rust:1.93-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --locked --profile dist -p ha-wechaty --bin ha-wechaty

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && useradd --system --user-group --home-dir /var/lib/ha-wechaty --create-home --shell /usr/sbin/nologin ha-wechaty
COPY --from=build /src/target/dist/ha-wechaty /usr/bin/ha-wechaty
USER ha-wechaty
WORKDIR /var/lib/ha-wechaty
# Where the store is, as for a service of systemd.
ENV STATE_DIRECTORY=/var/lib/ha-wechaty
VOLUME /var/lib/ha-wechaty
# Bots, and operators: the latter need a password beyond the container (admin.listen).
EXPOSE 8788 8790
ENTRYPOINT ["ha-wechaty"]
CMD ["serve", "--config", "/etc/ha-wechaty/ha-wechaty.toml"]
