package dev.frl.layers;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The scripts that go into images: the layout of a build context, and the health check. */
@Timeout(120)
class ImageContextTest {
    private static final Path ROOT = Checkout.root();

    @TempDir
    Path directory;

    private record Outcome(int code, String output) {}

    @Test
    void jars_are_laid_out_by_how_often_they_change() throws Exception {
        // Given
        var ours = jar("frl-core-0.1.0-SNAPSHOT.jar", "A.class");
        var theirs = jar("avro-1.12.2.jar", "B.class");

        // When
        var outcome = context(ours, theirs);

        // Then
        assertThat(outcome).isEqualTo(new Outcome(0, ""));
        assertThat(files()).containsExactlyInAnyOrder("app/frl-core-0.1.0-SNAPSHOT.jar", "third-party/avro-1.12.2.jar");
    }

    @Test
    void natives_of_the_platform_become_files_and_no_jar_keeps_any() throws Exception {
        // Given
        var zstd = jar(
                "zstd-jni-1.5.7-17.jar",
                "C.class",
                "linux/amd64/libzstd-jni-1.5.7-17.so",
                "linux/aarch64/libzstd-jni-1.5.7-17.so",
                "win/amd64/libzstd-jni-1.5.7-17.dll");

        // When
        context(zstd);

        // Then
        assertThat(files())
                .containsExactlyInAnyOrder("native/lib/libzstd-jni-1.5.7-17.so", "third-party/zstd-jni-1.5.7-17.jar");
        try (var jar = new ZipFile(
                context().resolve("third-party/zstd-jni-1.5.7-17.jar").toFile())) {
            assertThat(jar.stream().map(ZipEntry::getName)).containsExactly("C.class");
        }
    }

    @Test
    void natives_of_javacpp_are_unpacked_and_openblas_has_both_its_names() throws Exception {
        // Given
        var folder = "org/bytedeco/openblas/linux-x86_64/";
        var openblas = jar(
                "openblas-0.3.19-1.5.7-linux-x86_64.jar",
                folder + "libopenblas.so.0",
                folder + "libgfortran.so.5",
                folder + "libquadmath.so.0",
                folder + "libjniopenblas.so",
                folder + "include/lapack.h");

        // When
        context(openblas);

        // Then
        assertThat(files())
                .containsExactlyInAnyOrder(
                        "native/classpath/" + folder + "libjniopenblas.so",
                        "native/ld/libgfortran.so.5",
                        "native/ld/libquadmath.so.0",
                        "native/ld/libopenblas.so.0",
                        "native/ld/libopenblas_nolapack.so.0");
    }

    @Test
    void kafkas_server_other_platforms_and_two_versions_of_a_jar_are_refused() throws Exception {
        // When
        var server = context(jar("kafka-server-4.4.0.jar", "D.class"));
        var platform = context(jar("openblas-0.3.19-1.5.7-macosx-arm64.jar", "libopenblas.dylib"));
        var twice = context(jar("gson-2.8.0.jar", "E.class"), jar("gson-2.10.1.jar", "E.class"));
        var unknown = context(jar("strange-1.0.jar", "linux/sparc/libstrange.so"));

        // Then
        assertThat(server).returns(1, Outcome::code);
        assertThat(server.output()).startsWith("frl: kafka-server-4.4.0.jar has no place in this image");
        assertThat(platform.output()).contains("natives of another platform");
        assertThat(twice.output()).contains("two versions of one jar");
        assertThat(unknown.output()).contains("none that this script knows");
        assertThat(List.of(platform, twice, unknown)).extracting(Outcome::code).containsOnly(1);
    }

    @Test
    void the_health_check_prints_the_line_of_the_service_and_fails_with_it() throws Exception {
        // Given
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        respond(server, "/ready", 503, "no broker answers\n");
        respond(server, "/live", 200, "ok\n");
        server.start();
        var port = Map.of("FRL_HEALTH_PORT", String.valueOf(server.getAddress().getPort()));
        var script = ROOT.resolve("scripts/lib/container/healthcheck").toString();
        try {
            // When
            var ready = run(port, "bash", script, "ready");
            var live = run(port, "bash", script, "live");

            // Then
            assertThat(ready).isEqualTo(new Outcome(1, "no broker answers\n"));
            assertThat(live).isEqualTo(new Outcome(0, "ok\n"));
        } finally {
            server.stop(0);
        }
        var closed = run(port, "bash", script, "ready");
        assertThat(closed).returns(1, Outcome::code);
        assertThat(closed.output()).startsWith("nothing answers on port ").hasLineCount(1);
    }

    private static void respond(HttpServer server, String path, int status, String body) {
        server.createContext(path, exchange -> {
            var bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
    }

    private Path context() {
        return directory.resolve("context");
    }

    private Outcome context(Path... jars) throws Exception {
        var command = new ArrayList<>(List.of(
                "python3",
                ROOT.resolve("scripts/lib/image_context.py").toString(),
                context().toString()));
        Stream.of(jars).map(Path::toString).forEach(command::add);
        return run(Map.of(), command.toArray(String[]::new));
    }

    private List<String> files() throws IOException {
        try (var walk = Files.walk(context())) {
            return walk.filter(Files::isRegularFile)
                    .map(file -> context().relativize(file).toString().replace('\\', '/'))
                    .toList();
        }
    }

    private Path jar(String name, String... entries) throws IOException {
        var file = directory.resolve(name);
        try (var jar = new ZipOutputStream(Files.newOutputStream(file))) {
            for (var entry : entries) {
                jar.putNextEntry(new ZipEntry(entry));
                jar.write(entry.getBytes(StandardCharsets.UTF_8));
            }
        }
        return file;
    }

    private static Outcome run(Map<String, String> environment, String... command) throws Exception {
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        var process = builder.start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        return new Outcome(code, output);
    }
}
