// Flushes of many callers at once, over a store whose flushes fail now and then, lose what is volatile, and report late and in
// another order than they were done. Each seed is one run on one thread: the schedule decides what happens next.
//
// Each caller owns one block and writes rising numbers into it. When it asks for a flush, the numbers that all callers had been
// told of are noted; a flush that succeeds promises them to everybody, so the store's durable bytes must hold them then.

using System.Buffers.Binary;
using Engine.Buffers;
using Engine.Objects;
using Engine.Testing;
using Engine.Testing.Cache;

namespace Engine.Volumes.Tests;

/// <summary>What a successful flush promises, among many callers and failing flushes, without a cache.</summary>
public sealed class FlushRaceTests
{
    private const int BlockBytes = 512;
    private const int CallerCount = 5;
    private const int Steps = 300;

    private static readonly ImageDescription s_image = TestImages.Make(1 << 20, FileLayout.Simple(1 << 20));

    [Fact]
    public void AFlushThatSucceedsPromisesWhatWasWrittenBeforeIt()
    {
        int promised = 0;
        int failed = 0;
        for (int seed = 1; seed <= Nightly.Count(usual: 60, nightly: 20_000); seed++)
        {
            using Run run = new(seed);
            run.Go();
            promised += run.Promised;
            failed += run.Failed;
        }

        Assert.InRange(promised, 300, int.MaxValue);
        Assert.InRange(failed, 300, int.MaxValue);
    }

    private sealed class Caller
    {
        public Task? Write { get; set; }

        public Task? Flush { get; set; }

        public uint Written { get; set; }

        /// <summary>The last number whose write has ended well.</summary>
        public uint Told { get; set; }

        /// <summary>What all callers had been told of when this one asked for its flush.</summary>
        public uint[] Covered { get; set; } = [];
    }

    private sealed class Run : IDisposable
    {
        private readonly int _seed;
        private readonly Random _random;
        private readonly DiagnosticPools _pools = new();
        private readonly ManualBackend _store =
            new(TestImages.Capabilities(BlockBytes)) { LosesVolatileOnFailedFlush = true, KeepsHistory = false };

        private readonly Caller[] _callers = [.. Enumerable.Range(0, CallerCount).Select(_ => new Caller())];
        private readonly Volume _volume;
        private bool _isOver;

        public Run(int seed)
        {
            _seed = seed;
            _random = new Random(seed);
            VolumeOptions options = TestImages.Direct with { InlineContinuations = true };
            _volume = Volume.Open(_store, s_image, options.Over(_pools));
        }

        public int Promised { get; private set; }

        public int Failed { get; private set; }

        /// <summary>A run that ended in the middle has blocks in flight; that would hide why it did.</summary>
        public void Dispose()
        {
            if (_isOver)
                _pools.Dispose();
        }

        public void Go()
        {
            for (int step = 0; step < Steps; step++)
            {
                int pending = _store.PendingCount;
                if (pending > 0 && _random.Next(2) == 0)
                    Advance(_store.PendingAt(_random.Next(pending)));
                else
                    Ask(_random.Next(CallerCount));
                LookAtAll();
            }

            Close();
        }

        private void Close()
        {
            _store.CompleteAll();
            LookAtAll();
            _store.CompletesInside = true;
            if (Failed == 0)
                _volume.Dispose();
            else
                Assert.Throws<VolumeException>(_volume.Dispose);
            _store.AssertSound();
            _isOver = true;
        }

        /// <summary>Does what a pending operation asks for, or reports what was done.</summary>
        private void Advance(PendingOperation operation)
        {
            IoError error = operation.Kind == PendingKind.Flush && _random.Next(12) == 0 ? IoError.Io : IoError.None;
            if (operation.Done is not null)
                _store.Complete(operation);
            else if (_random.Next(2) == 0)
                _store.Perform(operation, error);
            else
                _store.Complete(operation, error);
        }

        private void Ask(int index)
        {
            Caller caller = _callers[index];
            if (caller.Flush is null && _random.Next(3) == 0)
            {
                caller.Covered = [.. _callers.Select(other => other.Told)];
                caller.Flush = _volume.FlushAsync().AsTask();
            }
            else if (caller.Write is null)
            {
                byte[] block = new byte[BlockBytes];
                BinaryPrimitives.WriteUInt32LittleEndian(block, ++caller.Written);
                caller.Write = _volume.WriteAsync(index * BlockBytes, block).AsTask();
            }
        }

        private void LookAtAll()
        {
            foreach (Caller caller in _callers)
                Look(caller);
        }

        private void Look(Caller caller)
        {
            if (caller.Write is { IsCompleted: true })
            {
                Assert.True(caller.Write.IsCompletedSuccessfully, $"seed {_seed}: a write failed");
                caller.Told = caller.Written;
                caller.Write = null;
            }

            if (caller.Flush is not { IsCompleted: true })
                return;
            if (caller.Flush.IsCompletedSuccessfully)
                CheckPromise(caller.Covered);
            else
                Failed++;
            _ = caller.Flush.Exception;
            caller.Flush = null;
        }

        private void CheckPromise(uint[] covered)
        {
            Promised++;
            for (int i = 0; i < CallerCount; i++)
            {
                uint durable = BinaryPrimitives.ReadUInt32LittleEndian(_store.Durable.Read(0, i * BlockBytes, BlockBytes));
                Assert.True(durable >= covered[i], $"seed {_seed}: caller {i} has {durable} of {covered[i]} promised");
            }
        }
    }
}
