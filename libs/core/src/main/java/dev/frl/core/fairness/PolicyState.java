package dev.frl.core.fairness;

import java.util.Locale;

/**
 * What a policy remembers from one epoch to the next. A policy that remembers something has a record for it; immutable, and
 * equal by content.
 */
public interface PolicyState {
    /** State of a policy that remembers nothing. */
    record None() implements PolicyState {}

    /**
     * This state as the type that a policy goes on from.
     *
     * @throws IllegalArgumentException if it is another policy's state
     */
    default <S extends PolicyState> S as(Class<S> type) {
        if (!type.isInstance(this)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "the policy goes on from %s, but the state is %s; a run keeps the policy that it began with",
                    type.getSimpleName(),
                    this));
        }
        return type.cast(this);
    }
}
