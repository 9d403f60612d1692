package dev.frl.spec.group;

import static dev.frl.spec.key.ValueType.NUMBER;
import static dev.frl.spec.key.ValueType.NUMBERS;
import static dev.frl.spec.key.ValueType.choice;

import dev.frl.core.settings.LearningRateSchedule;
import dev.frl.core.settings.LearningRateSchedule.Curve;
import dev.frl.core.settings.RunSettings;
import dev.frl.core.settings.WarmStart.Pretrained;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Resolution;
import dev.frl.spec.key.Section;
import dev.frl.spec.key.Section.Group;
import dev.frl.spec.key.Values.Value;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A learning-rate schedule, of training or of the warm start. */
public final class ScheduleGroup {
    public static final ScheduleGroup OF_TRAINING = new ScheduleGroup(
            "spec.training.schedule",
            "`constant` if weights are averaged, else `multi-step`; `multi-step` where milestones or factor are given",
            "The learning rate over the epochs. Without a falling rate or averaged weights the errors of Fair Robust Learning"
                    + " oscillate, and the last epoch may be a bad one.",
            s -> s.training().schedule());
    public static final ScheduleGroup OF_WARM_START = new ScheduleGroup(
            "spec.warmStart.schedule",
            "`multi-step`",
            "The learning rate over the epochs of the warm start.",
            s -> s.warmStart() instanceof Pretrained w ? w.schedule() : null);

    private final Section section = new Section();
    private final String path;
    private final Key<Curve> name;
    private final Key<List<Double>> milestones;
    private final Key<Double> factor;

    private ScheduleGroup(
            String path,
            String nameDefault,
            String meaning,
            Function<RunSettings, @Nullable LearningRateSchedule> schedule) {
        this.path = path;
        Group group = section.group(path, meaning);
        name = group.key("name", choice(Curve.class))
                .defaultsTo(nameDefault)
                .from(s -> {
                    var of = schedule.apply(s);
                    return of == null ? null : of.curve();
                })
                .means(
                        "Shape of the schedule, for the epochs e = 1 … E. `multi-step`: times `factor` at every milestone."
                                + " `cosine`: (1 + cos(π (e − 1) / E)) / 2 times the learning rate. `cyclic`, from fast adversarial"
                                + " training (Wong et al., 2020): up for half of the epochs and down again, 1 − \\|2 e − 1 − E\\| / E"
                                + " times the learning rate.");
        milestones = group.key("milestones", NUMBERS)
                .in(LearningRateSchedule.MILESTONE_RANGE)
                .byDefault(LearningRateSchedule.MILESTONES)
                .from(s -> multiStep(schedule.apply(s), LearningRateSchedule::milestones))
                .means("Where the rate falls: fractions of the epochs, ascending. `multi-step` only.");
        factor = group.key("factor", NUMBER)
                .in(LearningRateSchedule.FACTOR_RANGE)
                .byDefault(LearningRateSchedule.FACTOR)
                .from(s -> multiStep(schedule.apply(s), LearningRateSchedule::factor))
                .means("Factor on the rate at each milestone. `multi-step` only.");
    }

    private static <T> @Nullable T multiStep(
            @Nullable LearningRateSchedule schedule, Function<LearningRateSchedule, T> part) {
        return schedule == null || schedule.curve() != Curve.MULTI_STEP ? null : part.apply(schedule);
    }

    Section section() {
        return section;
    }

    public Key<Curve> name() {
        return name;
    }

    LearningRateSchedule settings(Resolution r, Curve otherwise) {
        var shaping = Optional.ofNullable(r.values().at(milestones.path()))
                .or(() -> Optional.ofNullable(r.values().at(factor.path())));
        // Milestones or a factor choose multi-step, even if the preset chooses another curve.
        Curve curve = shaping.isPresent() ? r.values().get(name, Curve.MULTI_STEP) : r.get(name, otherwise);
        if (curve != Curve.MULTI_STEP) {
            shaping.ifPresent((Value v) -> r.refuse(
                    v,
                    String.format(
                            Locale.ROOT,
                            "is given, but a %s schedule has none; leave it out or write name: multi-step",
                            curve.label())));
            return new LearningRateSchedule(curve, List.of(), 1);
        }
        return r.build(path, g -> LearningRateSchedule.multiStep(g.get(milestones), g.get(factor)));
    }
}
