package dev.frl.engine.contract;

/**
 * The whole contract: extend this class and return the engine, and inherit the suite.
 *
 * <p>Seeds are written out in each test, so a failure can be reproduced.
 */
public abstract class RobustNetContract
        implements GuardsContract,
                LogitsContract,
                GradientContract,
                AttackContract,
                AscentContract,
                EvaluateContract,
                StateContract,
                TrainingContract,
                NotFiniteContract,
                GoldenContract {}
