# image-origin as a container image, for amd64 and arm64.
#
#   docker build --tag image-origin .                            builds the jar inside, from the sources
#   docker build --build-arg JAR=prebuilt --tag image-origin .   takes target/image-origin*.jar as they are
#
# It runs as user 10001 and writes nowhere, so the root file system may be read-only (a /tmp, which may be noexec,
# is all that it wants). Options for the JVM: -e JAVA_TOOL_OPTIONS=…

ARG JAR=built

FROM docker.io/library/eclipse-temurin:25.0.4_7-jdk-noble AS built
WORKDIR /src
COPY .mvn .mvn
COPY mvnw pom.xml ./
COPY src src
RUN --mount=type=cache,target=/root/.m2 ./mvnw -B -ntp -Dmaven.test.skip=true package

FROM docker.io/library/eclipse-temurin:25.0.4_7-jdk-noble AS prebuilt
WORKDIR /src
COPY target/image-origin.jar target/image-origin-training.jar target/

# hadolint ignore=DL3006
FROM ${JAR} AS extracted
WORKDIR /build
COPY container container
RUN java -Djarmode=tools -jar /src/target/image-origin.jar extract --layers --destination layers \
  && container/extract-natives layers/dependencies/lib natives \
  && mkdir training \
  && cp /src/target/image-origin-training.jar container/training.directives training

# Lends its server to the training.
FROM docker.io/library/redis:8.2.10-alpine AS redis

FROM docker.io/library/eclipse-temurin:25.0.4_7-jre-noble
# What the labels say: ./run image passes both on.
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="image-origin" \
  org.opencontainers.image.description="A reactive S3 image origin" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$REVISION"
RUN groupadd --gid 10001 origin \
  && useradd --no-log-init --uid 10001 --gid origin --home-dir /app --no-create-home --shell /usr/sbin/nologin origin
WORKDIR /app
COPY --from=extracted /build/natives/ natives/
COPY --from=extracted /build/layers/dependencies/ ./
COPY --from=extracted /build/layers/spring-boot-loader/ ./
COPY --from=extracted /build/layers/snapshot-dependencies/ ./
COPY --from=extracted /build/layers/application/ ./
COPY container/java.options container/compiler.options container/service.directives container/healthcheck ./
# The AOT cache fits this JVM and these jars only, so it is trained here, where both have come together.
# It goes through every tier, as in production; Redis has a root of its own, with the libraries that it wants.
RUN --mount=type=bind,from=extracted,source=/build/training,target=/training \
  --mount=type=bind,from=redis,source=/,target=/redis \
  java -Dtraining.redis="chroot /redis redis-server" -jar /training/image-origin-training.jar \
    java @java.options -XX:+UnlockDiagnosticVMOptions -XX:CompilerDirectivesFile=/training/training.directives \
    -XX:AOTCacheOutput=image-origin.aot -jar image-origin.jar \
  && rm -rf /tmp/*
USER 10001:10001
EXPOSE 8080 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["/app/healthcheck"]
ENTRYPOINT ["java", "@java.options", "@compiler.options", "-XX:CompilerDirectivesFile=service.directives", \
  "-XX:AOTCache=image-origin.aot", "-jar", "image-origin.jar"]
