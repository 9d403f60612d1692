package dev.frl.spec;

import dev.frl.core.settings.DatasetSettings;
import dev.frl.data.store.Datasets;
import dev.frl.engine.net.Architectures;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The data sets and architectures that this build knows. */
public final class StandardCatalogue implements Catalogue {
    @Override
    public Optional<DatasetShape> dataset(String name, int dimensions) {
        if (name.equals(DatasetSettings.GAUSSIAN_MIXTURE)) {
            return Optional.of(DatasetShape.ofMixture(dimensions));
        }
        if (!Datasets.names().contains(name)) {
            return Optional.empty();
        }
        var entry = Datasets.named(name);
        return Optional.of(new DatasetShape(
                entry.classes(),
                entry.channels(),
                entry.height(),
                entry.width(),
                entry.trainSize(),
                entry.smallestClass(),
                entry.testSize()));
    }

    @Override
    public List<String> datasets() {
        return Stream.concat(Datasets.names().stream(), Stream.of(DatasetSettings.GAUSSIAN_MIXTURE))
                .toList();
    }

    @Override
    public List<String> architectures() {
        return Architectures.names();
    }

    @Override
    public Optional<String> whyNotFit(String architecture, DatasetShape shape) {
        try {
            Architectures.named(architecture, shape.channels(), shape.height(), shape.width(), shape.classes());
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.ofNullable(e.getMessage());
        }
    }
}
