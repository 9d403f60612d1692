package dev.frl.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.checkpoint.CheckpointException;
import dev.frl.checkpoint.CheckpointException.Reason;
import dev.frl.core.failure.FailureKind;
import dev.frl.data.DataException;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.net.StateMismatchException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailureTest {
    @Test
    void what_another_attempt_would_compute_again_is_not_tried_again() {
        assertThat(WorkFailure.of(new NotFiniteException("loss")))
                .isEqualTo(new WorkFailure("loss is not finite", FailureKind.PERMANENT, null));
        assertThat(WorkFailure.of(new StateMismatchException(List.of("no 0.bias"))))
                .isEqualTo(new WorkFailure("no 0.bias", FailureKind.PERMANENT, null));
    }

    @Test
    void what_another_machine_may_have_is_tried_again() {
        assertThat(WorkFailure.of(new DataException("the data folder is empty")))
                .isEqualTo(new WorkFailure("the data folder is empty", FailureKind.HOST, null));
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                Arguments.of(
                        new TopicAuthorizationException(Set.of("frl.epoch-trained")),
                        "frl.epoch-trained",
                        "topics acls"),
                Arguments.of(GroupAuthorizationException.forGroupId("frl-trainers"), "frl-trainers", "topics acls"),
                Arguments.of(
                        new RecordTooLargeException("a message larger than the server accepts"),
                        "larger than",
                        "topics create"),
                Arguments.of(
                        new NotEnoughReplicasException("Messages are rejected"), "rejected", "min.insync.replicas"),
                Arguments.of(new UnknownTopicOrPartitionException("no such topic"), "no such topic", "topics create"),
                Arguments.of(
                        new TimeoutException("Topic frl.epoch-trained not present in metadata after 60000 ms."),
                        "frl.epoch-trained",
                        "frl doctor"));
    }

    /** A right that is withdrawn in the middle of a run, or topics that somebody changed, are no fault of the run. */
    @ParameterizedTest
    @MethodSource("refusals")
    void what_the_brokers_refuse_uses_up_no_attempt_and_says_what_mends_it(
            Exception refusal, String what, String command) {
        // When
        var failure = WorkFailure.of(new ExecutionException(refusal));

        // Then
        assertThat(failure.kind()).isEqualTo(FailureKind.HOST);
        assertThat(failure.reason()).startsWith("Kafka refuses").contains(what, command);
        assertThat(failure.defect()).isNull();
    }

    /** Every worker would build the same message. */
    @Test
    void a_message_over_the_limit_of_our_own_client_is_the_fault_of_the_run() {
        assertThat(WorkFailure.of(new RecordTooLargeException(
                                "larger than 2097152, which is the value of the" + " max.request.size configuration"))
                        .kind())
                .isEqualTo(FailureKind.RETRYABLE);
    }

    @Test
    void what_nobody_expected_is_kept_for_the_log() {
        // Given
        var error = new ArithmeticException("/ by zero");

        // When
        var failure = WorkFailure.of(error);

        // Then
        assertThat(failure.reason()).isEqualTo("java.lang.ArithmeticException: / by zero");
        assertThat(failure.kind()).isEqualTo(FailureKind.RETRYABLE);
        assertThat(failure.defect()).isSameAs(error);
    }

    /** The evaluation of a shard that waited so long is over; a pause of the attacker would help nobody. */
    @Test
    void a_checkpoint_that_was_deleted_is_no_fault_of_the_host() {
        // Given
        var gone = new CheckpointException(Reason.DELETED, "checkpoint file:/a was deleted");
        var missing = new CheckpointException(Reason.MISSING, "checkpoint file:/a is missing");

        // When, Then
        assertThat(WorkFailure.of(gone))
                .isEqualTo(new WorkFailure("checkpoint file:/a was deleted", FailureKind.RETRYABLE, null));
        assertThat(WorkFailure.of(missing).kind()).isEqualTo(FailureKind.HOST);
    }

    static Stream<Arguments> troublesOfTheHost() {
        return Stream.of(
                Arguments.of(new OutOfMemoryError("Java heap space"), "FRL_HEAP"),
                Arguments.of(new OutOfMemoryError("GC overhead limit exceeded"), "FRL_HEAP"),
                Arguments.of(
                        new OutOfMemoryError("Cannot allocate new FloatPointer(1000000): totalBytes = 1G"),
                        "Raise FRL_HEAP, or set JDK_JAVA_OPTIONS=-Dorg.bytedeco.javacpp.maxbytes=BYTES"),
                Arguments.of(
                        new OutOfMemoryError(
                                "unable to create native thread: possibly out of memory or process/resource limits reached"),
                        "ulimit -u"),
                Arguments.of(
                        new RuntimeException("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
                        "lower training.batchSize"),
                Arguments.of(new StackOverflowError(), "JDK_JAVA_OPTIONS=-Xss16m"),
                Arguments.of(new UnsatisfiedLinkError("no jnitorch in java.library.path"), "frl doctor"),
                Arguments.of(new NoClassDefFoundError("Could not initialize class org.Native"), "frl doctor"),
                Arguments.of(
                        new ExceptionInInitializerError(new IllegalStateException("libgomp.so.1: cannot open")),
                        "libgomp.so.1: cannot open"),
                Arguments.of(new IOException("No space left on device"), "the disk is full"),
                Arguments.of(new UncheckedIOException(new IOException("No space left on device")), "FRL_CHECKPOINTS"),
                Arguments.of(new AccessDeniedException("/checkpoints"), "/checkpoints"),
                Arguments.of(new CompletionException(new OutOfMemoryError("Java heap space")), "FRL_HEAP"),
                Arguments.of(new InternalError("a fault\nin an access"), "this worker ends"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("troublesOfTheHost")
    void a_trouble_of_the_host_says_in_one_line_what_to_do(Throwable error, String advice) {
        // When
        var failure = WorkFailure.of(error);

        // Then
        assertThat(failure.kind()).isEqualTo(FailureKind.HOST);
        assertThat(failure.reason()).contains(advice).doesNotContain("\n");
    }

    @Test
    void a_process_that_is_alone_waits_for_no_other_with_more_memory_but_for_its_disk() {
        // Given
        var memory = new OutOfMemoryError("Java heap space");
        var library = new UnsatisfiedLinkError("no jnitorch in java.library.path");
        var disk = new IOException("No space left on device");

        // Then
        assertThat(WorkFailure.of(memory, true).kind()).isEqualTo(FailureKind.RETRYABLE);
        assertThat(WorkFailure.of(library, true).kind()).isEqualTo(FailureKind.RETRYABLE);
        assertThat(WorkFailure.of(disk, true).kind()).isEqualTo(FailureKind.HOST);
        assertThat(WorkFailure.of(memory, true).reason())
                .isEqualTo(WorkFailure.of(memory).reason());
    }

    @Test
    void a_reason_is_one_line_without_control_characters() {
        assertThat(WorkFailure.of(new DataException("a\0b\nc")).reason()).isEqualTo("a b c");
    }

    @Test
    void other_errors_are_defects_that_may_be_tried_again() {
        assertThat(WorkFailure.of(new AssertionError("never")))
                .extracting(WorkFailure::kind)
                .isEqualTo(FailureKind.RETRYABLE);
        assertThat(WorkFailure.of(new IOException("connection reset")))
                .extracting(WorkFailure::kind)
                .isEqualTo(FailureKind.RETRYABLE);
    }

    @Test
    void a_reason_fits_into_a_message() {
        assertThat(WorkFailure.of(new IllegalStateException("x".repeat(3_000_000)))
                        .reason())
                .hasSizeLessThan(5000);
    }
}
