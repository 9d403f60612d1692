package dev.frl.cli.run;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.cli.terminal.PrettyJson;
import dev.frl.cli.terminal.Table;
import dev.frl.cli.terminal.Table.Cell;
import dev.frl.core.run.Work;
import dev.frl.messaging.message.WorkerStatus;
import dev.frl.messaging.message.WorkerStatus.Held;
import dev.frl.messaging.message.WorkerStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Workers and what they do, as a table and as JSON. */
public final class WorkersTable {
    /** Workers announce themselves every 30 s. */
    private static final Duration SILENT = Duration.ofMinutes(2);

    private static final Comparator<WorkerStatus> ORDER = Comparator.comparing(WorkerStatus::host)
            .thenComparing(WorkerStatus::role)
            .thenComparing(WorkerStatus::instance);

    private WorkersTable() {}

    /** Prints them, by host. */
    public static void print(CliContext context, List<WorkerStatus> workers, boolean json) {
        Instant now = context.clock().instant();
        var sorted = workers.stream().sorted(ORDER).toList();
        if (json) {
            context.out()
                    .println(PrettyJson.pretty(
                            sorted.stream().map(w -> json(w, now)).toList()));
        } else {
            table(sorted, now).print(context, false);
        }
    }

    /** Whether a worker was not heard of for some time: it was killed, or its host or its network is down. */
    public static boolean isSilent(WorkerStatus worker, Instant now) {
        return worker.at().isBefore(now.minus(SILENT));
    }

    private static Table table(List<WorkerStatus> workers, Instant now) {
        var table = new Table()
                .left("ROLE", "role")
                .left("HOST", "host")
                .left("STATE", "state")
                .left("WORK", "work")
                .optional("SINCE", "since")
                .optional("ENGINE", "engine")
                .left("REASON", "reason");
        for (var worker : workers) {
            var held = worker.held();
            boolean silent = isSilent(worker, now);
            table.row(
                    Cell.of(worker.role()),
                    Cell.of(worker.host()),
                    Cell.of(silent ? "silent" : state(worker)),
                    held == null ? Cell.none() : Cell.of(work(held)),
                    Cell.of(ago(silent ? worker.at() : worker.since(), now)),
                    Cell.of(worker.engine()),
                    silent ? Cell.of("was " + state(worker)) : Cell.of(reason(worker, now)));
        }
        return table;
    }

    private static String state(WorkerStatus worker) {
        return worker.state() == State.DRAINING && worker.held() == null
                ? "drained"
                : worker.state().name().toLowerCase(Locale.ROOT);
    }

    private static String work(Held held) {
        if (held.work() instanceof Work.Shard shard) {
            return String.format(
                    Locale.ROOT,
                    "%s, epoch %d, %s shard %d",
                    held.runId(),
                    shard.epoch(),
                    shard.part().name().toLowerCase(Locale.ROOT),
                    shard.shard());
        }
        return String.format(
                Locale.ROOT, "%s, epoch %d", held.runId(), held.work().epoch());
    }

    private static String reason(WorkerStatus worker, Instant now) {
        String reason = worker.reason() == null ? "" : worker.reason();
        var until = worker.until();
        return until == null
                ? reason
                : String.format(Locale.ROOT, "%s (%s)", reason, HumanFormat.left(Duration.between(now, until)));
    }

    private static String ago(Instant then, Instant now) {
        return HumanFormat.duration(Duration.between(then, now)) + " ago";
    }

    private static Map<String, @Nullable Object> json(WorkerStatus worker, Instant now) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("role", worker.role());
        json.put("host", worker.host());
        json.put("instance", worker.instance());
        json.put("engine", worker.engine());
        json.put("state", worker.state().name().toLowerCase(Locale.ROOT));
        json.put("silent", isSilent(worker, now));
        json.put("reason", worker.reason());
        json.put("until", worker.until() == null ? null : worker.until().toString());
        var held = worker.held();
        var shard = held != null && held.work() instanceof Work.Shard s ? s : null;
        json.put("run", held == null ? null : held.runId());
        json.put("epoch", held == null ? null : held.work().epoch());
        json.put("part", shard == null ? null : shard.part().name().toLowerCase(Locale.ROOT));
        json.put("shard", shard == null ? null : shard.shard());
        json.put("since", worker.since().toString());
        json.put("at", worker.at().toString());
        return json;
    }
}
