package dev.frl.cli;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.Interrupt;
import dev.frl.cli.context.SiteChecks;
import dev.frl.cli.terminal.Terminal;
import java.io.InputStream;
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

/** A context without process, terminal and broker, with a clock that tests advance. */
public final class TestContext {
    public final StringWriter out = new StringWriter();
    public final StringWriter err = new StringWriter();
    final Map<String, String> env = new HashMap<>();
    public final FakeKafka kafka = new FakeKafka(this);
    InputStream in = InputStream.nullInputStream();
    final Path directory;
    Instant now = Instant.parse("2026-11-22T12:00:00Z");
    Terminal terminal = Terminal.none();
    public CliContext.Site site = (home, data) -> SiteChecks.NONE;
    boolean stopRequested;
    Interrupt interrupt = () -> stopRequested;

    public TestContext(Path directory) {
        this.directory = directory.toAbsolutePath();
    }

    CliContext context() {
        InstantSource clock = () -> now;
        return new CliContext(
                env,
                directory,
                in,
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                terminal,
                clock,
                kafka,
                site,
                interrupt);
    }

    public int frl(String... args) {
        return Frl.execute(context(), args);
    }

    void advance(Duration time) {
        now = now.plus(time);
    }

    TestContext onTerminal(int columns) {
        terminal = new Terminal(true, true, false, true, () -> new Terminal.Size(columns, 24));
        return this;
    }

    /** Writes a file into the working directory, and returns its name. */
    public String file(String name, String text) throws Exception {
        Files.writeString(directory.resolve(name), text, StandardCharsets.UTF_8);
        return name;
    }
}
