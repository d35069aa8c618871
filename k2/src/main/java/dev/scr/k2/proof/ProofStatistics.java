package dev.scr.k2.proof;

/**
 * What a proof took.
 *
 * @param paths pairs of paths, one of each program, that can be taken by the same input
 * @param byNormalForm pairs whose results have the same normal form
 * @param bySolver pairs that Z3 found equal
 * @param solverQuestions all questions to Z3, those about paths included
 * @param solverNanos time in Z3
 * @param nanos time altogether
 */
public record ProofStatistics(
    int paths,
    int byNormalForm,
    int bySolver,
    long solverQuestions,
    long solverNanos,
    long nanos) {}
