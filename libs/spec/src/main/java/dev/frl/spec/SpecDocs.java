package dev.frl.spec;

/** {@code docs/settings.md}, from the table of keys that the reader uses. */
public final class SpecDocs {
    private static final String INTRODUCTION = """
            # Settings of an experiment

            Generated from the reader's own table of keys; do not edit. To write it anew:
            `mvn -Dquick -pl libs/spec -am test -Dtest=SpecDocsTest -Dsurefire.failIfNoSpecifiedTests=false -Dfrl.docs.write=true`.

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

            Everything else has a default. A spec is checked as a whole before anything is run, and all that is wrong is said at
            once, each with its line and path. `examples/` holds specs that work as they are.

            How values are written:

            - Numbers without quotes: `0.01`, `5e-4`. Radii and steps also as fractions: `8/255`.
            - Durations with their units: `90s`, `10m`, `1h30m`, `7d`.
            - A key set to `null` counts as left out. A group set to `{}` is there, with all its defaults.
            - YAML is version 1.2, so `yes` and `no` are texts. Tags, aliases, duplicate keys and unknown keys are refused.

            ## Presets

            `spec.preset` fills in settings that were published together, wherever the spec says nothing itself. The code of Xu et
            al. (2021) as its scripts run without arguments (for Remargin alone, whose script is gone from their code, as the one
            for both does):

            %s
            Their rate falls at epochs 40 and 80, which 40 epochs do not reach: hence the constant rate. A preset says nothing of
            images, net, radius and warm start; the authors had CIFAR-10 (`dataset.split: {method: last-per-class, validation: 3000}`),
            a PreAct-ResNet18, 8/255 and a robust net to begin from. Where a preset meets `cifar10` it varies images as their
            loader does, `training.augmentation: {crop: 4, flip: true}`; their loader knows no other data set, so no other is varied.
            Every value shows in the resolved spec of a report and of MLflow (`spec/resolved.json`). Presets may be swept.

            ## Sweeps

            `spec.sweep.grid` names settings by their path below `spec`, each with the list of its values, and asks for one run for
            every combination, at most 10,000. What is swept need not be written elsewhere. A value may be a whole group, or `null`
            for none:

            ```yaml
            sweep:
              grid:
                fairness.policy: [none, frl-reweight-remargin]
                training.averaging: [null, {decay: 0.7}, {decay: 0.9}]
                training.seed: [1, 2, 3]
            ```

            Runs with the same warm start, data, net, attack and seed share one warm start, which is trained once. It depends on nothing
            else, so experiments share it as well. Its inner attack is the runs' own; where `warmStart.method` is another method than
            `training.method` and the runs leave loss and start at their defaults, the warm start takes those of its own method. Here
            `fgsm-at` and `bim-at`, or `pgd-at` with their attacks written out, count as methods of their own.

            ## All keys
            """;

    private SpecDocs() {}

    /** The page. */
    public static String markdown() {
        var page = new StringBuilder(INTRODUCTION.formatted(presets()));
        Keys.groups().forEach((group, meaning) -> {
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
        return "`" + key.type().writer().apply(value) + "`";
    }

    private static void table(StringBuilder page, String group) {
        var keys = Keys.all().stream().filter(k -> k.group().equals(group)).toList();
        if (keys.isEmpty()) {
            return;
        }
        page.append("\n| Key | Type | Default | Meaning |\n|---|---|---|---|\n");
        keys.forEach(k -> page.append(
                "| `%s` | %s | %s | %s |\n".formatted(k.name(), k.type().doc(), k.fallbackDoc(), k.meaning())));
    }
}
