package dev.frl.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/** A world without process, terminal, broker and time of its own. */
final class TestWorld {
    final StringWriter out = new StringWriter();
    final StringWriter err = new StringWriter();
    final Map<String, String> env = new HashMap<>();
    final FakeKafka kafka = new FakeKafka(this);
    final Path directory;
    Instant now = Instant.parse("2026-11-22T12:00:00Z");
    Terminal terminal = Terminal.none();
    World.Site site = (home, data) -> SiteChecks.NONE;
    boolean stopRequested;

    TestWorld(Path directory) {
        this.directory = directory.toAbsolutePath();
    }

    World world() {
        InstantSource clock = () -> now;
        return new World(
                env,
                directory,
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                terminal,
                clock,
                kafka,
                site,
                () -> stopRequested);
    }

    int frl(String... args) {
        return Frl.execute(world(), args);
    }

    void advance(Duration time) {
        now = now.plus(time);
    }

    TestWorld onTerminal(int columns) {
        terminal = new Terminal(true, true, false, true, () -> new Terminal.Size(columns, 24));
        return this;
    }

    /** Writes a file of the working directory. */
    String file(String name, String text) throws Exception {
        Files.writeString(directory.resolve(name), text, StandardCharsets.UTF_8);
        return name;
    }
}
