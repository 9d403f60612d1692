package dev.frl.e2e;

import dev.frl.data.file.Progress;
import dev.frl.data.store.DataStore;
import dev.frl.data.store.Datasets;
import java.nio.file.Path;

/** Fashion-MNIST, from FRL_DATA, which scripts/test sets, else from the usual folders, else downloaded. */
public final class TestData {
    private TestData() {}

    public static Path folder() throws InterruptedException {
        var named = System.getenv("FRL_DATA");
        var home = Path.of(System.getProperty("user.home"), ".cache", "frl");
        return new DataStore(named == null ? null : Path.of(named), home, Progress.NONE)
                .get(Datasets.named("fashion-mnist"));
    }
}
