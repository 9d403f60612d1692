package dev.frl.messaging.mapping;

import dev.frl.core.errors.ClassErrors;
import dev.frl.core.errors.PerClass;
import dev.frl.core.errors.Tally;
import dev.frl.core.fairness.ClassTreatment;
import dev.frl.core.fairness.FairnessUpdate;
import dev.frl.core.fairness.Multipliers;
import dev.frl.core.fairness.PolicyState;
import dev.frl.core.run.CheckpointRef;
import dev.frl.core.run.DataManifest;
import dev.frl.core.run.Selection;
import dev.frl.core.settings.Part;
import dev.frl.schemas.Confusion;
import dev.frl.schemas.Errors;
import dev.frl.schemas.Fairness;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The values that several messages hold. */
final class CoreMapping {
    /** More classes than any data set has; their confusion matrix would not fit into a message. */
    private static final int MAX_CLASSES = 10_000;

    private CoreMapping() {}

    static dev.frl.schemas.CheckpointRef toAvro(CheckpointRef ref) {
        return dev.frl.schemas.CheckpointRef.newBuilder()
                .setLocation(ref.location())
                .setSha256(ref.sha256())
                .build();
    }

    static CheckpointRef fromAvro(dev.frl.schemas.CheckpointRef ref) {
        return new CheckpointRef(ref.getLocation(), ref.getSha256());
    }

    static dev.frl.schemas.@Nullable CheckpointRef toAvroOrNull(@Nullable CheckpointRef ref) {
        return ref == null ? null : toAvro(ref);
    }

    static @Nullable CheckpointRef fromAvroOrNull(dev.frl.schemas.@Nullable CheckpointRef ref) {
        return ref == null ? null : fromAvro(ref);
    }

    static dev.frl.schemas.Part toAvro(Part part) {
        return dev.frl.schemas.Part.valueOf(part.name());
    }

    static Part fromAvro(dev.frl.schemas.Part part) {
        return Part.valueOf(part.name());
    }

    static dev.frl.schemas.Selection toAvro(Selection selection) {
        return dev.frl.schemas.Selection.valueOf(selection.name());
    }

    static Selection fromAvro(dev.frl.schemas.Selection selection) {
        return Selection.valueOf(selection.name());
    }

    static dev.frl.schemas.DataManifest toAvro(DataManifest manifest) {
        return dev.frl.schemas.DataManifest.newBuilder()
                .setClassNames(manifest.classNames())
                .setValidation(manifest.validation())
                .setTest(manifest.test())
                .build();
    }

    static DataManifest fromAvro(dev.frl.schemas.DataManifest manifest) {
        return new DataManifest(manifest.getClassNames(), manifest.getValidation(), manifest.getTest());
    }

    static Confusion toAvro(Tally tally) {
        return Confusion.newBuilder()
                .setClasses(tally.classes())
                .setClean(Arrays.stream(tally.cleanConfusion()).boxed().toList())
                .setAttacked(Arrays.stream(tally.attackedConfusion()).boxed().toList())
                .build();
    }

    static Tally fromAvro(Confusion confusion) {
        if (confusion.getClasses() > MAX_CLASSES) {
            throw new IllegalArgumentException(
                    "%d classes, more than %d".formatted(confusion.getClasses(), MAX_CLASSES));
        }
        return Tally.of(confusion.getClasses(), counts(confusion.getClean()), counts(confusion.getAttacked()));
    }

    private static long[] counts(List<Long> counts) {
        return counts.stream().mapToLong(Long::longValue).toArray();
    }

    static Fairness toAvro(FairnessUpdate update) {
        return Fairness.newBuilder()
                .setForEpoch(update.forEpoch())
                .setStandardWeights(numbers(update.treatment().standardWeights()))
                .setBoundaryWeights(numbers(update.treatment().boundaryWeights()))
                .setMargins(numbers(update.treatment().margins()))
                .setState(toAvroOrNull(update.state()))
                .build();
    }

    private static dev.frl.schemas.@Nullable Multipliers toAvroOrNull(PolicyState state) {
        if (state instanceof PolicyState.None) {
            return null;
        }
        if (state instanceof Multipliers m) {
            return dev.frl.schemas.Multipliers.newBuilder()
                    .setStandard(numbers(m.standard()))
                    .setBoundary(numbers(m.boundary()))
                    .setMargin(numbers(m.margin()))
                    .build();
        }
        throw new IllegalArgumentException("the schema Fairness has no field for the policy state " + state);
    }

    static FairnessUpdate fromAvro(Fairness fairness) {
        var update = new FairnessUpdate(
                fairness.getForEpoch(),
                fromAvroOrNone(fairness.getState()),
                new ClassTreatment(
                        perClass(fairness.getStandardWeights()),
                        perClass(fairness.getBoundaryWeights()),
                        perClass(fairness.getMargins())));
        if (update.state() instanceof Multipliers m) {
            m.standard().requireSameClassesAs(update.treatment().margins());
        }
        return update;
    }

    private static PolicyState fromAvroOrNone(dev.frl.schemas.@Nullable Multipliers m) {
        return m == null
                ? new PolicyState.None()
                : new Multipliers(perClass(m.getStandard()), perClass(m.getBoundary()), perClass(m.getMargin()));
    }

    static Errors toAvro(ClassErrors errors) {
        return Errors.newBuilder()
                .setStandard(numbers(errors.standard()))
                .setRobust(numbers(errors.robust()))
                .setBoundary(numbers(errors.boundary()))
                .setTotalStandard(errors.totalStandard())
                .setTotalRobust(errors.totalRobust())
                .setTotalBoundary(errors.totalBoundary())
                .build();
    }

    static ClassErrors fromAvro(Errors errors) {
        var standard = perClass(errors.getStandard());
        var robust = perClass(errors.getRobust());
        var boundary = perClass(errors.getBoundary());
        standard.requireSameClassesAs(robust);
        standard.requireSameClassesAs(boundary);
        return new ClassErrors(
                standard,
                robust,
                boundary,
                errors.getTotalStandard(),
                errors.getTotalRobust(),
                errors.getTotalBoundary());
    }

    private static List<Double> numbers(PerClass values) {
        return values.stream().boxed().toList();
    }

    private static PerClass perClass(List<Double> numbers) {
        return PerClass.of(numbers.stream().mapToDouble(Double::doubleValue).toArray());
    }
}
