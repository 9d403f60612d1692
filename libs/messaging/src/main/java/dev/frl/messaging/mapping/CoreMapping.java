package dev.frl.messaging.mapping;

import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.errors.ClassErrors;
import dev.frl.core.errors.PerClass;
import dev.frl.core.errors.Tally;
import dev.frl.core.failure.Failures;
import dev.frl.core.fairness.ClassTreatment;
import dev.frl.core.fairness.FairnessUpdate;
import dev.frl.core.fairness.Multipliers;
import dev.frl.core.fairness.PolicyState;
import dev.frl.core.run.DataManifest;
import dev.frl.core.settings.Part;
import dev.frl.schemas.Confusion;
import dev.frl.schemas.ConsecutiveFailures;
import dev.frl.schemas.Errors;
import dev.frl.schemas.Fairness;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The values that several messages hold. */
final class CoreMapping {
    /** A message of a few bytes may claim this many classes, and their two matrices take 1 MB. CIFAR-100 has 100. */
    private static final int MAX_CLASSES = 256;

    private CoreMapping() {}

    static dev.frl.schemas.CheckpointRef toAvro(CheckpointRef ref) {
        return new dev.frl.schemas.CheckpointRef(ref.location(), ref.sha256());
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
        var cells = new ArrayList<Integer>();
        var clean = new ArrayList<Long>();
        var attacked = new ArrayList<Long>();
        tally.forEachCell((cell, cleanCount, attackedCount) -> {
            cells.add(cell);
            clean.add(cleanCount);
            attacked.add(attackedCount);
        });
        return new Confusion(tally.classes(), cells, clean, attacked);
    }

    static Tally fromAvro(Confusion confusion) {
        int classes = confusion.getClasses();
        if (classes < 1 || classes > MAX_CLASSES) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%d classes, not 1 to %d", classes, MAX_CLASSES));
        }
        var cells = confusion.getCells();
        if (confusion.getClean().size() != cells.size()
                || confusion.getAttacked().size() != cells.size()) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%d cells, but %d and %d counts",
                    cells.size(),
                    confusion.getClean().size(),
                    confusion.getAttacked().size()));
        }
        return Tally.ofCells(
                classes,
                cells.stream().mapToInt(Integer::intValue).toArray(),
                counts(confusion.getClean()),
                counts(confusion.getAttacked()));
    }

    private static long[] counts(List<Long> counts) {
        return counts.stream().mapToLong(Long::longValue).toArray();
    }

    static ConsecutiveFailures toAvro(Failures failures) {
        return new ConsecutiveFailures(failures.tries(), failures.counted(), failures.untaken(), failures.hosts());
    }

    static Failures fromAvro(ConsecutiveFailures failures) {
        return new Failures(failures.getTries(), failures.getCounted(), failures.getUntaken(), failures.getHosts());
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
