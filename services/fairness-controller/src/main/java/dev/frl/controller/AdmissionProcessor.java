package dev.frl.controller;

import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.messaging.SpecMessage;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.codec.UnreadableMessage;
import dev.frl.messaging.message.SpecRejected;
import dev.frl.service.tracing.Tracing;
import dev.frl.spec.Admission;
import dev.frl.spec.SpecProblem;
import dev.frl.spec.SpecReader;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a spec. Submits it to its experiment, run by run, or rejects it with all its problems. The same spec gives the same
 * experiment, which ignores what it knows.
 */
final class AdmissionProcessor implements Processor<String, byte[], String, byte[]> {
    /** Its name in the topology. */
    static final String NAME = "admission";

    private static final Logger log = LoggerFactory.getLogger(AdmissionProcessor.class);

    private final Topics topics;
    private final SpecReader specs;
    private final Tracing tracing;
    private @Nullable ProcessorContext<String, byte[]> context;

    AdmissionProcessor(Topics topics, SpecReader specs, Tracing tracing) {
        this.tracing = tracing;
        this.topics = topics;
        this.specs = specs;
    }

    @Override
    public void init(ProcessorContext<String, byte[]> processorContext) {
        context = processorContext;
    }

    @Override
    public void process(Record<String, byte[]> record) {
        var admission = read(record.value());
        if (admission instanceof Admission.Admitted admitted) {
            admit(admitted.plan(), record);
        } else if (admission instanceof Admission.Rejected rejected) {
            reject(record, rejected.problems());
        }
        context().commit(); // a user waits for the response
    }

    private Admission read(byte @Nullable [] bytes) {
        if (bytes == null) {
            return new Admission.Rejected(List.of(new SpecProblem(null, "", "the message has no value")));
        }
        try {
            var message = SpecMessage.read(bytes);
            return message instanceof SpecMessage.AvroSpec avro ? specs.read(avro.tree()) : specs.read(bytes);
        } catch (UnreadableMessage e) {
            return new Admission.Rejected(List.of(new SpecProblem(null, "", String.valueOf(e.getMessage()))));
        } catch (RuntimeException e) {
            log.atError().setCause(e).log("reading a spec failed");
            return new Admission.Rejected(List.of(
                    new SpecProblem(null, "", "reading it failed in the controller, which is an error of ours: " + e)));
        }
    }

    private void admit(ExperimentPlan experiment, Record<String, byte[]> spec) {
        var begin = now();
        log.atInfo()
                .addKeyValue("experiment", experiment.experimentId())
                .addKeyValue("runs", experiment.runs().size())
                .log("experiment admitted");
        experiment.submission(null).forEach(input -> send(topics.experimentSignals, input.experiment(), input));
        tracing.admitted(experiment.experimentId(), spec.headers(), begin, now());
    }

    private void reject(Record<String, byte[]> record, List<SpecProblem> problems) {
        var where = context().recordMetadata().orElseThrow();
        log.atWarn()
                .addKeyValue("experiment", record.key())
                .addKeyValue("offset", where.topic() + "-" + where.partition() + "@" + where.offset())
                .addKeyValue("problems", problems.size())
                .addKeyValue("first", problems.get(0))
                .log("spec rejected");
        var rejected = new SpecRejected(
                record.key(),
                where.topic(),
                where.partition(),
                where.offset(),
                now(),
                problems.stream()
                        .map(p -> new SpecRejected.Fault(p.line(), p.path(), p.message()))
                        .toList());
        var key = rejected.experiment();
        send(topics.specRejections, key == null ? "" : key, rejected);
    }

    private <V> void send(Topic<V> topic, String key, V value) {
        var record = new Record<>(key, topic.codec().encode(value), now().toEpochMilli());
        context().forward(record, TopologyNames.sinkOf(topic.name(), NAME));
    }

    private Instant now() {
        return Instant.ofEpochMilli(context().currentSystemTimeMs());
    }

    private ProcessorContext<String, byte[]> context() {
        if (context == null) {
            throw new IllegalStateException("not initialised");
        }
        return context;
    }
}
