package dev.frl.controller;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.streams.KafkaStreams.State;
import org.apache.kafka.streams.errors.MissingSourceTopicException;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.junit.jupiter.api.Test;

class StreamsEndTest {
    private final StreamsEnd end = new StreamsEnd(error -> new IllegalStateException("there is no topic t", error));

    @Test
    void a_thread_that_dies_is_replaced_but_not_without_limit() {
        // When
        for (int i = 0; i < StreamsEnd.MAX_REPLACED_THREADS; i++) {
            assertThat(end.handle(new StreamsException("death " + i)))
                    .isEqualTo(StreamThreadExceptionResponse.REPLACE_THREAD);
        }

        // Then
        assertThat(end.handle(new StreamsException("the last")))
                .isEqualTo(StreamThreadExceptionResponse.SHUTDOWN_CLIENT);
        assertThat(end.ended()).isNotDone();
    }

    @Test
    void an_application_that_fails_ends_with_the_cause_of_the_last_death() {
        // Given
        var cause = new StreamsException("the journal cannot be read");
        end.handle(new StreamsException("another"));
        end.handle(cause);

        // When
        end.entered(State.ERROR);
        end.entered(State.NOT_RUNNING);

        // Then
        assertThat(end.ended())
                .failsWithin(Duration.ZERO)
                .withThrowableOfType(ExecutionException.class)
                .withCause(cause);
    }

    @Test
    void a_missing_topic_ends_the_application_at_once_and_the_cause_names_it() {
        // When
        var response = end.handle(new MissingSourceTopicException("a topic is missing"));
        end.entered(State.ERROR);

        // Then
        assertThat(response).isEqualTo(StreamThreadExceptionResponse.SHUTDOWN_CLIENT);
        assertThat(end.ended())
                .failsWithin(Duration.ZERO)
                .withThrowableOfType(ExecutionException.class)
                .havingCause()
                .withMessage("there is no topic t");
    }

    @Test
    void partitions_that_somebody_added_end_the_application_at_once_with_what_the_cluster_lacks() {
        // When
        var response = end.handle(
                new StreamsException(
                        "Existing internal topic x-changelog has invalid partitions: expected: 13; actual: 4. Use the"
                                + " 'org.apache.kafka.tools.StreamsResetter' tool to clean up invalid topics before processing."));
        end.entered(State.ERROR);

        // Then
        assertThat(response).isEqualTo(StreamThreadExceptionResponse.SHUTDOWN_CLIENT);
        assertThat(end.ended())
                .failsWithin(Duration.ZERO)
                .withThrowableOfType(ExecutionException.class)
                .havingCause()
                .withMessage("there is no topic t");
    }

    /** Ten more threads would each begin where this one has died, a quarter of a minute later. */
    @Test
    void a_topic_that_takes_no_records_ends_the_application_at_once() {
        // When, Then
        assertThat(end.handle(new StreamsException(
                        "Error encountered sending record to topic t", new RecordTooLargeException("too large"))))
                .isEqualTo(StreamThreadExceptionResponse.SHUTDOWN_CLIENT);
    }

    /** Streams does not notice a thread that dies in the handler: it would stay in the state RUNNING and do nothing. */
    @Test
    void a_death_whose_reason_cannot_be_told_ends_the_application_with_the_death() {
        // Given
        var broken = new StreamsEnd(error -> {
            throw new NoClassDefFoundError("dev/frl/core/failure/FileTrouble");
        });
        var death = new MissingSourceTopicException("a topic is missing");

        // When
        var response = broken.handle(death);
        broken.entered(State.ERROR);

        // Then
        assertThat(response).isEqualTo(StreamThreadExceptionResponse.SHUTDOWN_CLIENT);
        assertThat(broken.ended())
                .failsWithin(Duration.ZERO)
                .withThrowableOfType(ExecutionException.class)
                .withCause(death);
    }

    /** A thread more would die in the same way, and every death is a stack trace. */
    @Test
    void a_state_folder_that_cannot_be_written_ends_the_application_at_once() {
        // Given
        var full = new ProcessorStateException("task 0_1 failed", new IOException("No space left on device"));

        // When
        var response = end.handle(full);
        end.entered(State.ERROR);

        // Then
        assertThat(response).isEqualTo(StreamThreadExceptionResponse.SHUTDOWN_CLIENT);
        assertThat(end.ended())
                .failsWithin(Duration.ZERO)
                .withThrowableOfType(ExecutionException.class)
                .havingCause()
                .withMessage("there is no topic t") // the explanation
                .withCause(full);
    }

    @Test
    void an_application_whose_threads_die_is_in_trouble_for_a_while() {
        // Given
        var now = new AtomicLong();
        var watched = new StreamsEnd(error -> error, now::get);
        assertThat(watched.trouble()).isEmpty();

        // When
        watched.handle(new StreamsException("the journal cannot be read"));

        // Then
        assertThat(watched.trouble())
                .hasValueSatisfying(
                        why -> assertThat(why)
                                .isEqualTo(
                                        "stream threads die: 1 so far, after 10 more the controller ends; the last: the journal cannot be read"));
        now.set(Duration.ofMinutes(3).toNanos());
        assertThat(watched.trouble()).isEmpty();
    }

    @Test
    void a_right_that_is_missing_ends_the_application_at_once() {
        // When
        var response = end.handle(
                new StreamsException("Could not create topic", new TopicAuthorizationException(Set.of("frl.run-log"))));

        // Then
        assertThat(response).isEqualTo(StreamThreadExceptionResponse.SHUTDOWN_CLIENT);
    }

    @Test
    void an_application_that_is_closed_ends_normally() {
        // Given
        end.entered(State.RUNNING);
        end.entered(State.PENDING_SHUTDOWN);

        // When
        end.entered(State.NOT_RUNNING);

        // Then
        assertThat(end.ended()).isCompleted();
    }
}
