package dev.frl.spec.docs;

import dev.frl.spec.group.Keys;
import dev.frl.spec.group.Preset;
import dev.frl.spec.group.SweepKeys;
import dev.frl.spec.key.Key;
import java.util.Locale;
import java.util.stream.Collectors;

/** {@code docs/settings.md}, from the table of keys. */
public final class SpecDocs {
    private static final String INTRODUCTION = """
            # Settings of an experiment

            Generated from the table of keys that the reader uses; do not edit. To regenerate it, docs/spec.schema.json and
            schemas/src/main/avro/experiment-spec.avdl:
            `mvn -Dquick -pl libs/spec -am test -Dtest='SpecDocsTest,SpecSchemaTest,ExperimentSpecIdlTest' -Dsurefire.failIfNoSpecifiedTests=false -Dfrl.docs.write=true`.

            An experiment is one YAML or JSON document in UTF-8, of at most 256 KiB. The same text goes into a file for the command
            line and onto the topic `frl.experiment-specs`. The shortest one:

            ```yaml
            apiVersion: frl.dev/v1alpha1
            kind: Experiment
            metadata: {name: my-first}
            spec:
              dataset: {name: fashion-mnist}
              model: {arch: cnn-small}
              attack: {training: {epsilon: 0.1}}
            ```

            Everything else has a default. A spec is checked as a whole before anything is run, and all problems are reported at
            once, each with its line and path. The specs in `examples/` can be run unchanged.

            [spec.schema.json](spec.schema.json) is a JSON Schema for editors: completion, descriptions, and types and ranges that
            are checked while you type. The first line of a spec names it:
            `# yaml-language-server: $schema=../docs/spec.schema.json`.

            How values are written:

            - Numbers without quotes: `0.01`, `5e-4`. Radii and steps also as fractions: `8/255`.
            - Durations with their units: `90s`, `10m`, `1h30m`, `7d`.
            - A key set to `null` counts as left out. A group set to `{}` is there, with all its defaults.
            - YAML is version 1.2, so `yes` and `no` are texts. Tags, aliases, duplicate keys and unknown keys are refused.
            - Former names are still accepted: %s.

            ## Presets

            `spec.preset` fills in settings that were published together, wherever the spec leaves them out. The presets are the
            code of Xu et al. (2021) as its scripts run without arguments. The script for Remargin alone is no longer in their
            code; its preset has the values of the script for both.

            %s
            Their learning rate falls at epochs 40 and 80, which 40 epochs do not reach: hence the constant rate. A preset does not
            set data set, net, radius and warm start. The authors used CIFAR-10 (`dataset.split: {method: last-per-class, validation: 3000}`),
            a PreAct-ResNet18, radius 8/255 and a robust net to start from. With `cifar10` a preset augments images as their
            loader does, `training.augmentation: {crop: 4, flip: true}`. Their loader loads no other data set, so a preset augments no other.
            The resolved spec of a report and of MLflow (`spec/resolved.json`) shows every value. Presets may be swept.

            ## Sweeps

            One spec can ask for many runs, at most %,d. `examples/sweep-grid.yaml`, `examples/sweep-random.yaml` and
            `examples/sweep-asha.yaml` are small sweeps to begin with.

            `spec.sweep.grid` names settings by their path below `spec`, each with the list of its values. There is one point for
            every combination. A swept setting need not be written elsewhere. A value may be a whole group, or `null` for none:

            ```yaml
            sweep:
              grid:
                fairness.policy: [none, frl-reweight-remargin]
                training.averaging: [null, {decay: 0.7}, {decay: 0.9}]
                training.seed: [1, 2, 3]
            ```

            `spec.sweep.random` draws points instead. Each path has one distribution:

            ```yaml
            sweep:
              random:
                points: 16
                seed: 7
                space:
                  training.optimizer.learningRate: {logUniform: [0.01, 0.3]}
                  training.optimizer.weightDecay: {uniform: [0, 0.001]}
                  training.batchSize: {integer: [32, 256]}
                  fairness.policy: {choice: [none, frl-reweight]}
              seeds: 4
            ```

            | distribution | value for u uniform in [0, 1) | of |
            |---|---|---|
            | `uniform: [a, b]` | a (1 − u) + b u, to 4 significant digits of the width b − a | numbers |
            | `logUniform: [a, b]` | exp(ln(a) (1 − u) + ln(b) u), to 4 significant digits of the value, or of the width where that is smaller; 0 < a | numbers |
            | `integer: [a, b]` | each whole number from a to b, both included, equally likely | numbers |
            | `choice: [x, y, …]` | each value equally likely | all settings and groups |

            A bound itself is in the range: a value that rounding would put outside keeps more digits. Radii may have fractions as
            bounds, `{uniform: [4/255, 8/255]}`. The value of a path in draw n depends on `seed`, n and the path alone, on every
            machine: a path that is added leaves the values of the others, and with more `points` the first ones stay. A draw that
            gives the same run as an earlier one is drawn again; a space that is too small for `points` is refused.

            `spec.sweep.seeds` makes replicas: each point is run with `training.seed`, `training.seed` + 1, and so on. A grid over
            `training.seed` does the same with seeds of your choice. Runs that differ in nothing but the seed are one point.
            `sweep: {seeds: 4}` alone is one point with four replicas.

            `spec.sweep.asha` ends runs early, by asynchronous successive halving: with `minEpochs: 1`, `reduction: 3` and 15
            epochs the rungs are epochs 1, 3 and 9. All runs need more epochs than `minEpochs`, and `training.epochs` cannot be
            swept beside it; presets with other numbers of epochs can, and each run has the rungs below its own last epoch.

            `spec.sweep.constraints`, `parallelRuns`, `maxRuns`, `maxFailedRuns`, `spec.schedule.priority` and `spec.checkpoints` change nothing that is
            trained. Changing them gives no run another id, and the experiment keeps its id as well; `asha` changes the id of the
            experiment, but not of its runs ([ADR 0008](adr/0008-identity-of-an-experiment.md)).

            Runs with the same warm start, data, net, attack and seed share one warm-start run, which is trained once. It depends on
            nothing else, so experiments share it as well. Its inner attack is the runs' own. If `warmStart.method` differs from
            `training.method` and the runs leave loss and start at their defaults, the warm start has those of its own method. Here
            `fgsm-at` and `bim-at`, or `pgd-at` with their attacks written out, count as methods of their own.

            ## All keys
            """;

    private SpecDocs() {}

    /** The page. */
    public static String markdown() {
        var page = new StringBuilder(
                String.format(Locale.ROOT, INTRODUCTION, formerNames(), presets(), SweepKeys.MOST_RUNS));
        Keys.TABLE.groups().forEach((group, meaning) -> {
            if (!group.isEmpty()) {
                page.append("\n### ")
                        .append(group)
                        .append("\n\n")
                        .append(meaning)
                        .append('\n');
            }
            table(page, group);
        });
        return page.toString();
    }

    private static String formerNames() {
        return Keys.TABLE.formerNames().entrySet().stream()
                .map(e -> String.format(Locale.ROOT, "`%s` for `%s`", e.getKey(), e.getValue()))
                .sorted()
                .collect(Collectors.joining(", "));
    }

    private static String presets() {
        var table = new StringBuilder("| Key below `spec` |");
        for (Preset preset : Preset.values()) {
            table.append(" `").append(preset.label()).append("` |");
        }
        table.append("\n|---|").append("---|".repeat(Preset.values().length)).append('\n');
        for (Key<?> key : Preset.XU_2021_REWEIGHT.settings().keySet()) {
            table.append("| `").append(key.path().substring("spec.".length())).append("` |");
            for (Preset preset : Preset.values()) {
                table.append(' ').append(shown(key, preset)).append(" |");
            }
            table.append('\n');
        }
        return table.toString();
    }

    private static <T> String shown(Key<T> key, Preset preset) {
        T value = preset.find(key).orElseThrow();
        return "`" + key.type().written(value) + "`";
    }

    private static void table(StringBuilder page, String group) {
        var keys =
                Keys.TABLE.all().stream().filter(k -> k.group().equals(group)).toList();
        if (keys.isEmpty()) {
            return;
        }
        page.append("\n| Key | Type | Range | Default | Meaning |\n|---|---|---|---|---|\n");
        keys.forEach(k -> page.append(String.format(
                Locale.ROOT,
                "| `%s` | %s | %s | %s | %s |\n",
                k.name(),
                k.type().doc(),
                k.rangeDoc(),
                k.fallbackDoc(),
                k.meaning())));
    }
}
