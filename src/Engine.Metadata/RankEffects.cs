// What a step wants done: gathered while the step runs, carried out in order when it is over.
//
// Ownership: payloads of appends go to their target; lists of object operations belong to
// whoever takes the completion. Invariant: nothing reaches the environment outside Run.
// An effect is kept small, since every request makes a few: what only rare kinds need is boxed.

using Engine.Buffers;
using Engine.Objects;

namespace Engine.Metadata;

/// <summary>What a step wants done, in order. Nothing leaves the rank before its step is over; a crash in the middle of the list
/// is a crash between two effects.</summary>
internal sealed class RankEffects
{
    private const int EffectsAtFirst = 64;

    private readonly IRankEnvironment _environment;
    private Effect[] _effects = new Effect[EffectsAtFirst];
    private int _count;
    private int _next;

    public RankEffects(IRankEnvironment environment)
    {
        _environment = environment;
    }

    private enum Kind
    {
        Send,
        Append,
        ResumeAppends,
        Flush,
        Trim,
        ReadLog,
        StatObject,
        ReadObject,
        WriteObject,
        RemoveObject,
        FlushObjects,
        ListObjects,
        Timer,
        Post,
    }

    /// <summary>Effects that wait.</summary>
    public int Count => _count - _next;

    public void Send(Peer to, Message message)
    {
        ref Effect effect = ref Add(Kind.Send);
        effect.To = to;
        effect.Subject = message;
    }

    /// <summary>Appends an event.</summary>
    public void Append(BufferList payload, IAppendTarget target, long seq)
    {
        ref Effect effect = ref Add(Kind.Append);
        effect.Subject = payload;
        effect.Other = target;
        effect.Number = seq;
    }

    /// <summary>Appends what there was no room for.</summary>
    public void Resume(IAppendTarget target) => Add(Kind.ResumeAppends).Other = target;

    public void Flush(in Submission submission) => Add(Kind.Flush).Submission = submission;

    public void Trim(long position, in Submission submission)
    {
        ref Effect effect = ref Add(Kind.Trim);
        effect.Number = position;
        effect.Submission = submission;
    }

    public void ReadLog(long position, LogBatch batch, in Submission submission)
    {
        ref Effect effect = ref Add(Kind.ReadLog);
        effect.Number = position;
        effect.Subject = batch;
        effect.Submission = submission;
    }

    public void StatObject(in ObjectTarget target, in Submission submission) => AddObject(Kind.StatObject, target, submission);

    public void ReadObject(in ObjectTarget target, int length, BufferList destination, in Submission submission)
    {
        ref Effect effect = ref AddObject(Kind.ReadObject, target, submission);
        effect.Number = length;
        effect.Subject = destination;
    }

    /// <summary>Replaces an object by the list's bytes; the list is given back when the operation is over, by whoever takes the
    /// completion.</summary>
    public void WriteObject(in ObjectTarget target, BufferList source, in Submission submission) =>
        AddObject(Kind.WriteObject, target, submission).Subject = source;

    public void RemoveObject(in ObjectTarget target, in Submission submission) =>
        AddObject(Kind.RemoveObject, target, submission);

    public void FlushObjects(in Submission submission) => Add(Kind.FlushObjects).Submission = submission;

    public void ListObjects(ICollection<string> names, in Submission submission)
    {
        ref Effect effect = ref Add(Kind.ListObjects);
        effect.Subject = names;
        effect.Submission = submission;
    }

    public void SetTimer(ulong token, long delayMicros)
    {
        ref Effect effect = ref Add(Kind.Timer);
        effect.Token = token;
        effect.Number = delayMicros;
    }

    public void Post(in RankEvent item) => Add(Kind.Post).Other = item;

    /// <summary>Carries everything out.</summary>
    public void Run()
    {
        while (_next < _count)
        {
            Effect effect = _effects[_next];
            _effects[_next++] = default;
            Run(effect);
        }

        _count = 0;
        _next = 0;
    }

    private ref Effect AddObject(Kind kind, in ObjectTarget target, in Submission submission)
    {
        ref Effect effect = ref Add(kind);
        effect.Other = target;
        effect.Submission = submission;
        return ref effect;
    }

    private ref Effect Add(Kind kind)
    {
        if (_count == _effects.Length)
            Array.Resize(ref _effects, 2 * _count);
        ref Effect effect = ref _effects[_count++];
        effect.Kind = kind;
        return ref effect;
    }

    private void Run(in Effect effect)
    {
        switch (effect.Kind)
        {
            case Kind.Send:
                _environment.Send(effect.To, (Message)effect.Subject!);
                break;
            case Kind.Append:
                ((IAppendTarget)effect.Other!).Append((BufferList)effect.Subject!, effect.Number);
                break;
            case Kind.ResumeAppends:
                ((IAppendTarget)effect.Other!).Resume();
                break;
            case Kind.Flush:
                _environment.Log.Flush(effect.Submission);
                break;
            case Kind.Trim:
                _environment.Log.Trim(effect.Number, effect.Submission);
                break;
            case Kind.ReadLog:
                _environment.Log.Read(effect.Number, (LogBatch)effect.Subject!, effect.Submission);
                break;
            case Kind.Timer:
                _environment.SetTimer(effect.Token, effect.Number);
                break;
            case Kind.Post:
                _environment.Post((RankEvent)effect.Other!);
                break;
            default:
                RunObject(effect);
                break;
        }
    }

    private void RunObject(in Effect effect)
    {
        IObjectBackend objects = _environment.Objects;
        switch (effect.Kind)
        {
            case Kind.StatObject:
                objects.Stat((ObjectTarget)effect.Other!, effect.Submission);
                break;
            case Kind.FlushObjects:
                objects.Flush(effect.Submission);
                break;
            case Kind.ListObjects:
                objects.List(DirObjects.Prefix, (ICollection<string>)effect.Subject!, effect.Submission);
                break;
            case Kind.ReadObject:
                ObjectRead read = new((ObjectTarget)effect.Other!, 0, (int)effect.Number);
                objects.Read(read, (BufferList)effect.Subject!, effect.Submission);
                break;
            case Kind.WriteObject:
                var bytes = (BufferList)effect.Subject!;
                ObjectWrite write = new((ObjectTarget)effect.Other!, 0, (int)bytes.Length) { Replaces = true };
                objects.Write(write, bytes, effect.Submission);
                break;
            default:
                Invariant.That(effect.Kind == Kind.RemoveObject);
                objects.Remove((ObjectTarget)effect.Other!, effect.Submission);
                break;
        }
    }

    private struct Effect
    {
        public Kind Kind;

        /// <summary>Message, payload, batch, names or bytes.</summary>
        public object? Subject;

        /// <summary>Who learns of an append; a boxed object target or event.</summary>
        public object? Other;

        public Peer To;
        public long Number;
        public ulong Token;
        public Submission Submission;
    }
}
