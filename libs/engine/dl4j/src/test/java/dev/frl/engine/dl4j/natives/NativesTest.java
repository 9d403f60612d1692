package dev.frl.engine.dl4j.natives;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.engine.Engine;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;

class NativesTest {
    /** OpenBLAS's own threads would compete with the workers; they cost a third of the time of a training step. */
    @Test
    void matrix_products_stay_on_the_calling_thread() {
        // When
        Engine.named("dl4j").description();

        // Then
        assertThat(Nd4j.factory().blas().getMaxThreads()).isEqualTo(1);
    }

    @Test
    void the_description_is_one_line() {
        assertThat(Engine.named("dl4j").description()).doesNotContain("\n").isNotBlank();
    }
}
