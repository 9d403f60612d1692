package dev.frl.checkpoint;

import static dev.frl.checkpoint.SmallCheckpoint.checkpoint;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.checkpoint.CheckpointException.Reason;
import dev.frl.checkpoint.storage.ObjectStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract on objects in memory, and what happens when writer or store fail. */
final class ObjectCheckpointsTest extends ObjectCheckpointsContract {
    private static final int CHANGES_OF_ONE_WRITE = 4;

    private final InMemoryStorage storage = new InMemoryStorage();

    @Override
    protected ObjectStorage storage() {
        return storage;
    }

    @Override
    protected Checkpoints checkpoints() {
        return new ObjectCheckpoints(storage, List.of());
    }

    @Override
    protected Checkpoints checkpoints(Map<String, String> keys) {
        return new ObjectCheckpoints(storage, List.of(), Signing.from(keys));
    }

    static IntStream changes() {
        return IntStream.range(0, CHANGES_OF_ONE_WRITE);
    }

    @Test
    void the_manifest_is_written_last_and_deleted_first() {
        // Given
        var changes = new ArrayList<String>();
        var watched = new ObjectCheckpoints(
                storage.with((name, key) -> {
                    if (!name.equals("list") && !name.equals("read")) {
                        changes.add(name + " " + key.replaceAll("-[0-9a-f]{16}", ""));
                    }
                }),
                List.of());

        // When
        watched.write("run", 1, checkpoint(1, 2));
        watched.delete("run", 1);

        // Then
        assertThat(changes).hasSize(2 * CHANGES_OF_ONE_WRITE + 1);
        assertThat(changes.subList(0, 3)).allMatch(change -> change.startsWith("put run/epoch-0001/"));
        assertThat(changes.get(3)).isEqualTo("create run/epoch-0001/checkpoint.json");
        assertThat(changes.get(4)).isEqualTo("delete run/epoch-0001/checkpoint.json");
    }

    @ParameterizedTest(name = "before change {0}")
    @MethodSource("changes")
    void after_a_crash_the_latest_is_whole_and_writing_goes_on(int change) {
        // Given
        checkpoints().write("run", 1, checkpoint(1, 2));
        var countdown = new int[] {change};
        var dying = new ObjectCheckpoints(
                storage.with((name, key) -> {
                    if ((name.equals("put") || name.equals("create")) && countdown[0]-- == 0) {
                        throw new ProcessKilled();
                    }
                }),
                List.of());
        assertThatThrownBy(() -> dying.write("run", 2, checkpoint(3, 4))).isInstanceOf(ProcessKilled.class);

        // When
        var latest = checkpoints().latest("run").orElseThrow();

        // Then
        assertThat(latest.epoch()).isEqualTo(1);
        assertThat(checkpoints().read("run", 1)).isEqualTo(checkpoint(1, 2));
        checkpoints().write("run", 2, checkpoint(5, 6));
        assertThat(checkpoints().read("run", 2)).isEqualTo(checkpoint(5, 6));
    }

    /** Otherwise a run would start again from its first epoch while the store is out of reach. */
    @Test
    void a_store_that_fails_is_told_and_not_taken_for_an_empty_one() {
        // Given
        checkpoints().write("run", 1, checkpoint(1));
        for (var broken : List.of("list", "read")) {
            var failing = new ObjectCheckpoints(
                    storage.with((name, key) -> {
                        if (name.equals(broken)) {
                            throw new IOException("no store answers: start it");
                        }
                    }),
                    List.of());

            // When, Then
            fails(() -> failing.latest("run"), Reason.UNREADABLE, "mem://bucket/prefix/run");
            fails(() -> failing.latest("run"), Reason.UNREADABLE, "cannot be read: no store answers: start it");
            fails(() -> failing.list("run"), Reason.UNREADABLE, "no store answers: start it");
        }
    }

    @Test
    void a_write_that_the_store_refuses_is_told_with_what_to_do() {
        // Given
        var refusing = new ObjectCheckpoints(
                storage.with((name, key) -> {
                    if (name.equals("put")) {
                        throw new IOException("the store refuses: allow it");
                    }
                }),
                List.of());

        // When, Then
        fails(
                () -> refusing.write("run", 1, checkpoint(1)),
                Reason.NOT_WRITTEN,
                "checkpoint mem://bucket/prefix/run/epoch-0001 could not be written: the store refuses: allow it");
    }

    @Test
    void a_second_writer_never_replaces_the_files_of_the_first() {
        // Given
        var first = checkpoints().write("run", 1, checkpoint(1));
        var late = new ObjectCheckpoints(new BlindToManifests(storage), List.of());

        // When, Then
        fails(() -> late.write("run", 1, checkpoint(2)), Reason.CONFLICT, "exists already, with other content");
        assertThat(checkpoints().read("run", 1)).isEqualTo(checkpoint(1));
        assertThat(checkpoints().find("run", 1)).contains(first);
    }

    /** Sees the first list as it was before the other writer's manifest. */
    private static final class BlindToManifests extends InMemoryStorage {
        private final InMemoryStorage storage;
        private boolean blind = true;

        BlindToManifests(InMemoryStorage storage) {
            this.storage = storage;
        }

        @Override
        public java.util.SortedMap<String, Long> list(String prefix) throws IOException {
            var found = storage.list(prefix);
            if (blind) {
                blind = false;
                found.keySet().removeIf(key -> key.endsWith(".json"));
            }
            return found;
        }

        @Override
        public void put(String key, byte[] content) throws IOException {
            storage.put(key, content);
        }

        @Override
        public boolean create(String key, byte[] content) throws IOException {
            return storage.create(key, content);
        }

        @Override
        public byte[] read(String key, int atMost) throws IOException {
            return storage.read(key, atMost);
        }
    }

    /** No exception, so that nothing cleans up after it. */
    private static final class ProcessKilled extends Error {
        private static final long serialVersionUID = 1L;
    }
}
