package dev.frl.engine.torch;

import dev.frl.engine.kit.machine.Gpu;
import java.util.Locale;
import java.util.Set;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Precision of the convolutions that compute the gradients of attacks. */
enum Precision {
    FLOAT32("float32", ScalarType.Float),

    /** Eight bits of mantissa. Processors and GPUs with instructions for it multiply an order of magnitude faster. */
    BFLOAT16("bfloat16", ScalarType.BFloat16);

    /** Environment variable that chooses the precision. */
    static final String VARIABLE = "FRL_TORCH_PRECISION";

    private final String label;
    private final ScalarType type;

    Precision(String label, ScalarType type) {
        this.label = label;
        this.type = type;
    }

    /**
     * @param value value of {@link #VARIABLE}; null for the default, float32
     * @param processorFlags feature flags of the processor, as Linux names them
     * @throws IllegalArgumentException if the value is not a precision, or the processor has no instructions for it
     */
    static Precision of(@Nullable String value, Set<String> processorFlags) {
        boolean fast = processorFlags.contains("amx_bf16") || processorFlags.contains("avx512_bf16");
        return of(value, fast, "this processor has neither AVX512-BF16 nor AMX");
    }

    /**
     * @param value value of {@link #VARIABLE}; null for the default, float32
     * @throws IllegalArgumentException if the value is not a precision, or the GPU has no instructions for it
     */
    static Precision of(@Nullable String value, Gpu gpu) {
        return of(value, gpu.isAtLeast(8, 0), gpu + " has no instructions for it (8.0 and above have)");
    }

    private static Precision of(@Nullable String value, boolean hasBfloat16, String whyNot) {
        if (value == null || value.equals(FLOAT32.label)) {
            return FLOAT32;
        }
        if (!value.equals(BFLOAT16.label)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "%s is %s; it must be %s or %s", VARIABLE, value, FLOAT32.label, BFLOAT16.label));
        }
        if (!hasBfloat16) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%s is bfloat16, but %s, and would be slower with it: unset %s",
                    VARIABLE,
                    whyNot,
                    VARIABLE));
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
