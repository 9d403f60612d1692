package dev.frl.data.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.data.SmallData;
import dev.frl.data.format.MnistFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With scripts instead of apt-get and dpkg. */
class DebianPackageSourceTest {
    @TempDir
    Path root;

    private Path folder = Path.of("");
    private Path packed = Path.of("");

    @BeforeEach
    void folders() throws IOException {
        folder = Files.createDirectory(root.resolve("cache"));
        packed = SmallData.writeTo(root.resolve("packed"));
    }

    @Test
    void files_come_out_of_the_package_without_root() throws Exception {
        // Given
        var aptGet = script(
                "apt",
                String.format(
                        Locale.ROOT,
                        "echo \"$@\" >> %s/calls; case \"$*\" in *download*) touch small_1_all.deb;; esac",
                        root));
        var dpkg = script(
                "dpkg",
                String.format(Locale.ROOT, "mkdir -p \"$3/usr/share\" && cp -r %s \"$3/usr/share/small\"", packed));
        var steps = new ArrayList<String>();

        // When
        source(aptGet, dpkg).fetch(SmallData.entry().files(), folder, (what, bytes, total) -> steps.add(what));

        // Then
        assertThat(SmallData.entry().files())
                .allMatch(file -> file.checkIn(folder).ok());
        assertThat(Files.readString(root.resolve("calls")))
                .containsPattern("Dir::State::Lists=\\S+ -o Dir::Cache=\\S+ -o APT::Sandbox::User= .* update\n")
                .endsWith(" download small\n");
        assertThat(steps).contains("package lists", "small.deb", "unpacking small");
        assertThat(folder).isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void a_package_with_other_content_is_refused() throws Exception {
        // Given
        Files.write(packed.resolve(MnistFormat.TEST_LABELS), SmallData.gzip(SmallData.labels(11)));
        var aptGet = script("apt", "touch small_2_all.deb");
        var dpkg = script(
                "dpkg",
                String.format(Locale.ROOT, "mkdir -p \"$3/usr/share\" && cp -r %s \"$3/usr/share/small\"", packed));

        // When, Then
        assertThatThrownBy(() -> source(aptGet, dpkg).fetch(SmallData.entry().files(), folder, Progress.NONE))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("t10k-labels-idx1-ubyte.gz in package small is not the published file");
        assertThat(folder.resolve(MnistFormat.TEST_LABELS)).doesNotExist();
    }

    @Test
    void the_output_of_apt_is_in_the_error() throws Exception {
        // Given
        var aptGet = script("apt", "echo 'E: Unable to locate package small' >&2; exit 100");

        // When, Then
        assertThatThrownBy(() -> source(aptGet, "dpkg").fetch(SmallData.entry().files(), folder, Progress.NONE))
                .isInstanceOf(IOException.class)
                .hasMessageEndingWith("update ended with status 100: E: Unable to locate package small");
    }

    @Test
    void a_command_that_hangs_is_ended() throws Exception {
        // Given
        var aptGet = script("apt", "sleep 60");

        // When, Then
        assertThatThrownBy(() -> source(aptGet, "dpkg").fetch(SmallData.entry().files(), folder, Progress.NONE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("took longer than 2 s");
    }

    private static DebianPackageSource source(String aptGet, String dpkg) {
        return new DebianPackageSource("small", "usr/share/small", aptGet, dpkg, Duration.ofSeconds(2));
    }

    private String script(String name, String body) throws IOException {
        var file = Files.writeString(root.resolve(name), "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
        return file.toString();
    }
}
