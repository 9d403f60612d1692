package dev.frl.trainer;

import dev.frl.core.run.Outbox.Assignment;
import dev.frl.messaging.share.Lease;
import dev.frl.worker.Announcer;
import dev.frl.worker.WorkItem;
import dev.frl.worker.WorkMeter;
import dev.frl.worker.WorkerService.Task;
import java.util.Optional;

/** The work of a trainer for one run. */
final class OnceTask implements Task<Assignment> {
    private final Task<Assignment> training;
    private final OneRun run;

    OnceTask(Task<Assignment> training, OneRun run) {
        this.training = training;
        this.run = run;
    }

    @Override
    public boolean accepts(Assignment assigned) {
        return run.accepts(assigned.plan());
    }

    @Override
    public Optional<String> experiment() {
        return run.experiment();
    }

    @Override
    public Optional<String> takesNothing() {
        return run.takesNothing();
    }

    @Override
    public void run(Assignment assigned, Lease lease, Announcer announcer, WorkMeter meter) throws Exception {
        run.begins(assigned.plan());
        boolean trained = false;
        try {
            training.run(assigned, lease, announcer, meter);
            trained = true;
        } finally {
            run.leaves(trained);
        }
    }

    @Override
    public WorkItem item(Assignment assigned) {
        return training.item(assigned);
    }

    @Override
    public void close() {
        training.close();
    }
}
