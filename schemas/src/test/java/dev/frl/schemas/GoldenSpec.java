package dev.frl.schemas;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;

/** Golden message of a spec. */
final class GoldenSpec {
    private GoldenSpec() {}

    /** Maps have one entry: with more, the bytes would depend on the order of the map. */
    static ExperimentSpec experiment() {
        return filled(ExperimentSpec.newBuilder()
                .setApiVersion("frl.dev/v1alpha1")
                .setKind("Experiment")
                .setMetadata(new MetadataSpec("fashion-frl", null, null))
                .setSpec(ExperimentBody.newBuilder()
                        .setFairness(FairnessSpec.newBuilder()
                                .setTolerance(new ToleranceSpec(0.07, 0.08))
                                .build())
                        .setSweep(SweepSpec.newBuilder()
                                .setGrid(Map.of(
                                        "training.averaging",
                                        Arrays.asList(
                                                null,
                                                AveragingSpec.newBuilder()
                                                        .setDecay(0.9)
                                                        .build(),
                                                1L,
                                                2.5,
                                                true,
                                                "three",
                                                List.of(0.5))))
                                .setRandom(RandomSearchSpec.newBuilder()
                                        .setSpace(Map.of(
                                                "attack.training.epsilon",
                                                DistributionSpec.newBuilder()
                                                        .setUniform(List.of(0.01, "8/255"))
                                                        .setLogUniform(List.of("4/255", 0.1))
                                                        .setInteger(List.of(32L, 256L))
                                                        .setChoice(Arrays.asList(null, "four", 5L))
                                                        .build()))
                                        .build())
                                .build())
                        .build())
                .build());
    }

    /** One number for both tolerances, and absent fields. */
    static ExperimentSpec shortExperiment() {
        return ExperimentSpec.newBuilder()
                .setApiVersion("frl.dev/v1alpha1")
                .setKind("Experiment")
                .setMetadata(new MetadataSpec("short", null, null))
                .setSpec(ExperimentBody.newBuilder()
                        .setFairness(
                                FairnessSpec.newBuilder().setTolerance(0.05).build())
                        .build())
                .build();
    }

    /** The record with a value of its type in every field that is null: the fields follow from the keys of libs/spec. */
    private static <R extends SpecificRecord> R filled(R record) {
        for (var field : record.getSchema().getFields()) {
            Object value = record.get(field.pos());
            record.put(field.pos(), value == null ? sample(field) : value);
            if (record.get(field.pos()) instanceof SpecificRecord inner) {
                filled(inner);
            }
        }
        return record;
    }

    private static Object sample(Schema.Field field) {
        Schema type = field.schema().getTypes().stream()
                .filter(t -> t.getType() != Schema.Type.NULL)
                .findFirst()
                .orElseThrow();
        return switch (type.getType()) {
            case BOOLEAN -> true;
            case LONG -> field.pos() + 1L;
            case DOUBLE -> field.pos() + 0.5;
            case STRING -> field.name();
            case ARRAY -> List.of(0.5, 0.75);
            case MAP -> Map.of(field.name(), "text");
            case RECORD -> SpecificData.get().newRecord(null, type);
            default -> throw new AssertionError(field);
        };
    }
}
