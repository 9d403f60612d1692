package dev.frl.worker;

import dev.frl.core.run.Work;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.MDC;

/** Names of the work in progress, which every log line of its thread carries. */
final class WorkLog {
    private WorkLog() {}

    /** The work of this thread begins. The thread of the records forgets it after the record. */
    static void begins(WorkItem item) {
        MDC.setContextMap(names(item));
    }

    static Map<String, String> names(WorkItem item) {
        var names = new LinkedHashMap<String, String>();
        names.put("run", item.runId());
        names.put("epoch", Integer.toString(item.work().epoch()));
        if (item.work() instanceof Work.Shard shard) {
            names.put("shard", Integer.toString(shard.shard()));
        }
        return names;
    }
}
