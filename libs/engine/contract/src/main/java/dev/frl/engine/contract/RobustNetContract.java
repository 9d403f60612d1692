package dev.frl.engine.contract;

/**
 * The whole contract: extend this class, hand over the engine, inherit the suite.
 *
 * <p>Seeds are written out in each test, so a failure repeats.
 */
public abstract class RobustNetContract
        implements LogitsContract,
                GradientContract,
                AttackContract,
                AscentContract,
                EvaluateContract,
                StateContract,
                TrainingContract,
                NotFiniteContract,
                GoldenContract {}
