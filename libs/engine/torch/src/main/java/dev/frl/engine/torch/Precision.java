package dev.frl.engine.torch;

import java.util.Set;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Of the convolutions through which attacks look for their way. */
enum Precision {
    FLOAT32("float32", ScalarType.Float),

    /** Eight bits of mantissa: processors that have it multiply these an order of magnitude faster. */
    BFLOAT16("bfloat16", ScalarType.BFloat16);

    /** Environment variable that asks for one. */
    static final String VARIABLE = "FRL_TORCH_PRECISION";

    private final String label;
    private final ScalarType type;

    Precision(String label, ScalarType type) {
        this.label = label;
        this.type = type;
    }

    /**
     * @param asked value of {@link #VARIABLE}; null for the default, float32
     * @param processorFlags as Linux names what the processor has
     * @throws IllegalArgumentException if it is no precision, or the processor has no instructions for it
     */
    static Precision of(@Nullable String asked, Set<String> processorFlags) {
        if (asked == null || asked.equals(FLOAT32.label)) {
            return FLOAT32;
        }
        if (!asked.equals(BFLOAT16.label)) {
            throw new IllegalArgumentException(
                    "%s is %s; it must be %s or %s".formatted(VARIABLE, asked, FLOAT32.label, BFLOAT16.label));
        }
        if (!processorFlags.contains("amx_bf16") && !processorFlags.contains("avx512_bf16")) {
            throw new IllegalArgumentException(
                    "%s is bfloat16, but this processor has neither AVX512-BF16 nor AMX, and would be slower with it: unset %s"
                            .formatted(VARIABLE, VARIABLE));
        }
        return BFLOAT16;
    }

    String label() {
        return label;
    }

    ScalarType type() {
        return type;
    }
}
