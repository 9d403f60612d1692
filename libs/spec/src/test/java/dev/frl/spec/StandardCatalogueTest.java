package dev.frl.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.settings.AugmentationSettings;
import dev.frl.core.settings.TrainingSettings;
import dev.frl.data.store.Datasets;
import dev.frl.spec.Catalogue.DatasetShape;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class StandardCatalogueTest {
    private static final StandardCatalogue CATALOGUE = new StandardCatalogue();

    @Test
    void images_in_colour_are_offered_with_their_sizes_and_classes() {
        assertThat(CATALOGUE.dataset("cifar10", 5)).contains(new DatasetShape(10, 3, 32, 32, 50_000, 5_000, 10_000));
        assertThat(CATALOGUE.dataset("cifar100", 5)).contains(new DatasetShape(100, 3, 32, 32, 50_000, 500, 10_000));
        assertThat(CATALOGUE.dataset("svhn", 5)).contains(new DatasetShape(10, 3, 32, 32, 73_257, 4_659, 26_032));
        assertThat(CATALOGUE.dataset("cifar", 5)).isEmpty();
    }

    @Test
    void every_architecture_fits_every_data_set_of_images() {
        for (var name : Datasets.names()) {
            for (var architecture : CATALOGUE.architectures()) {
                assertThat(CATALOGUE.dataset(name, 5).flatMap(shape -> CATALOGUE.whyNotFit(architecture, shape)))
                        .as("%s on %s", architecture, name)
                        .isEmpty();
            }
        }
    }

    @Test
    void the_mixture_is_two_classes_of_one_row_for_linear_nets_and_no_convolutions() {
        // When
        var shape = CATALOGUE.dataset("gaussian-mixture", 50).orElseThrow();

        // Then
        assertThat(shape).isEqualTo(new DatasetShape(2, 1, 1, 50, 2_000_000, 1_000_000, 2_000_000));
        assertThat(CATALOGUE.datasets()).contains("gaussian-mixture");
        assertThat(CATALOGUE.whyNotFit("linear", shape)).isEmpty();
        assertThat(CATALOGUE.whyNotFit("cnn-small", shape))
                .contains("cnn-small does not fit images of 1 x 50: they are too small");
    }

    @Test
    void a_net_of_other_classes_is_refused_and_one_that_fits_gets_the_split_of_its_data() {
        // When
        var refused = read("{arch: cnn-bn, classes: 10}");
        var admitted = read("{arch: cnn-bn}");

        // Then
        assertThat(refused).asString().contains("is 10, but cifar100 has 100 classes; write 100 or leave the key out");
        assertThat(admitted).isInstanceOfSatisfying(Admission.Admitted.class, spec -> {
            var split = spec.plan().runs().get(0).settings().dataset().split();
            assertThat(split.train() + split.validation()).isEqualTo(50_000);
            assertThat(split.test()).isEqualTo(10_000);
        });
    }

    @Test
    void the_authors_presets_vary_the_authors_images_and_no_others() {
        // When
        var cifar10 = training("cifar10", "preset: xu-2021-reweight");
        var svhn = training("svhn", "preset: xu-2021-reweight");
        var plain = training("cifar10", "training: {}");
        var unturned = training("cifar10", "preset: xu-2021-reweight, training: {augmentation: {flip: false}}");

        // Then
        assertThat(cifar10.augmentation()).isEqualTo(new AugmentationSettings(4, true));
        assertThat(svhn.augmentation()).isEqualTo(AugmentationSettings.NONE);
        assertThat(plain.augmentation()).isEqualTo(AugmentationSettings.NONE);
        assertThat(unturned.augmentation()).isEqualTo(new AugmentationSettings(4, false));
    }

    @Test
    void a_warm_start_varies_images_as_its_runs_do() {
        // When
        var warm = training("cifar10", "warmStart: {epochs: 1}, training: {augmentation: {crop: 3}}");

        // Then
        assertThat(warm.epochs()).isEqualTo(1);
        assertThat(warm.augmentation()).isEqualTo(new AugmentationSettings(3, false));
    }

    /** Training settings of the first run. */
    private static TrainingSettings training(String dataset, String more) {
        var spec = String.format(Locale.ROOT, """
                {apiVersion: frl.dev/v1alpha1, kind: Experiment, metadata: {name: images}, spec: {
                  dataset: {name: %s}, model: {arch: cnn-small}, attack: {training: {epsilon: 0.031}}, %s}}
                """, dataset, more);
        if (new SpecReader(CATALOGUE).read(spec.getBytes(StandardCharsets.UTF_8)) instanceof Admission.Admitted a) {
            return a.plan().runs().get(0).settings().training();
        }
        throw new AssertionError(spec);
    }

    private static Admission read(String model) {
        var spec = String.format(Locale.ROOT, """
                apiVersion: frl.dev/v1alpha1
                kind: Experiment
                metadata: {name: colour}
                spec:
                  dataset: {name: cifar100}
                  model: %s
                  attack: {training: {epsilon: 0.031}}
                """, model);
        return new SpecReader(CATALOGUE).read(spec.getBytes(StandardCharsets.UTF_8));
    }
}
