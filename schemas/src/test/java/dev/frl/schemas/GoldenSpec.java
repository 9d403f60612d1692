package dev.frl.schemas;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Golden messages about specs. */
final class GoldenSpec {
    private GoldenSpec() {}

    /** Maps have one entry: with more, the bytes would depend on the order of the map. */
    static ExperimentSpec experiment() {
        return ExperimentSpec.newBuilder()
                .setApiVersion("frl.dev/v1alpha1")
                .setKind("Experiment")
                .setMetadata(new MetadataSpec("fashion-frl", Map.of("team", "vision"), 2L))
                .setSpec(ExperimentBody.newBuilder()
                        .setPreset("xu-2021-reweight-remargin")
                        .setDataset(new DatasetSpec(
                                "fashion-mnist",
                                new SplitSpec(10_000L, 2000L, 10_000L, 1L, "seeded"),
                                new MixtureSpec(16L, 0.02, 0.02, 4.0)))
                        .setModel(new ModelSpec("cnn-small", 10L))
                        .setTraining(training())
                        .setWarmStart(
                                new WarmStartSpec("file:/data/robust.safetensors", "trades", 10L, 0.05, schedule()))
                        .setAttack(attacks())
                        .setFairness(fairness())
                        .setSchedule(new DeadlinesSpec("10m", "7d", 3L))
                        .setSweep(new SweepSpec(Map.of("training.seed", List.of(1L, 2.5, true, "three"))))
                        .build())
                .build();
    }

    private static TrainingSpec training() {
        return new TrainingSpec(
                "trades",
                6.0,
                10L,
                128L,
                1L,
                new OptimizerSpec("sgd", 0.01, 0.9, 5e-4),
                schedule(),
                new AveragingSpec(0.7, "epoch", "raw"),
                new AugmentationSpec(4L, true));
    }

    private static RateScheduleSpec schedule() {
        return new RateScheduleSpec("multi-step", List.of(0.6, 0.85), 0.1);
    }

    private static AttacksSpec attacks() {
        return new AttacksSpec(
                new TrainingAttackSpec("pgd", "linf", 0.1, 0.025, 10L, "kl", "normal"),
                new ValidationAttackSpec("pgd", "linf", "8/255", "2/255", 20L, "cross-entropy", "uniform", 5L, 4L),
                new TestAttackSpec("fgsm", "linf", 0.1, "1/40", 1L, "cross-entropy", "clean", 1L, 8L, true));
    }

    private static FairnessSpec fairness() {
        return new FairnessSpec(
                "frl-reweight-remargin",
                new ToleranceSpec(0.07, 0.08),
                new RatesSpec(0.05, 0.1, 0.2, 40L),
                0.5,
                new MarginSpec(0.98, 3.0));
    }

    static SpecRejected rejected() {
        return SpecRejected.newBuilder()
                .setExperiment("fashion-frl")
                .setTopic("frl.experiment-specs")
                .setPartition(1)
                .setOffset(42)
                .setRejectedAt(Instant.parse("2026-11-22T15:30:00.123Z"))
                .setProblems(List.of(
                        new SpecProblem(14, "fairness.tolerance.standard", "is 5.0; it must be an error fraction"),
                        new SpecProblem(null, "", "is empty")))
                .build();
    }
}
