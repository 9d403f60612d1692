package dev.frl.engine.dl4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.engine.dl4j.natives.NativeFloats;
import dev.frl.engine.dl4j.natives.Natives;
import dev.frl.engine.dl4j.natives.Parameters;
import dev.frl.engine.kit.threads.AllReduce.Rank;
import dev.frl.engine.net.Architectures;
import org.junit.jupiter.api.Test;

class TrainingGraphTest {
    @Test
    void after_a_pass_that_another_part_of_the_batch_broke_off_the_next_is_as_ever() {
        // Given
        Natives.prepare();
        var architecture = Architectures.narrowed(1, "cnn-bn", 1, 12, 12, 10);
        var images = new float[3 * architecture.pixels()];
        for (int p = 0; p < images.length; p++) {
            images[p] = (p % 7) / 7f;
        }
        var gradient = new float[3 * architecture.classes()];
        gradient[4] = 1;
        Rank broken = own -> {
            throw new IllegalStateException("broken off");
        };
        var parameters = NativeFloats.zeros(1, new Parameters(architecture).values().length);
        parameters.assign(0.1);
        var graph = new TrainingGraph(architecture, parameters);
        var logits = graph.forward(images, 3, Rank.ALONE);
        var before = graph.backward(gradient, Rank.ALONE).dup();

        // When
        assertThatThrownBy(() -> graph.forward(images, 3, broken)).hasMessage("broken off");
        graph.release();
        graph.forward(images, 3, Rank.ALONE);
        assertThatThrownBy(() -> graph.backward(gradient, broken)).hasMessage("broken off");
        var again = graph.forward(images, 3, Rank.ALONE);

        // Then
        assertThat(again).containsExactly(logits);
        assertThat(graph.backward(gradient, Rank.ALONE)).isEqualTo(before);
        graph.close();
        parameters.close();
    }
}
