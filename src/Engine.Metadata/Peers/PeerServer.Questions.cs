namespace Engine.Metadata;

/// <content>Questions to other ranks, until they are answered: sent again to each life of who was asked.</content>
internal sealed partial class PeerServer
{
    /// <summary>Asks a rank for copies; the waiter runs when an answer has come.</summary>
    /// <param name="waiter">Who waits.</param>
    /// <param name="to">Who is asked.</param>
    /// <param name="question">What for; its number is given here.</param>
    public Progress Ask(Continuation waiter, RankId to, Discover question)
    {
        foreach (Question asked in _questions.Values)
        {
            if (asked.To != to || !asked.IsSame(question))
                continue;
            asked.Waiters.Add(waiter);
            return Progress.Waits;
        }

        Put(new Question(to, question with { Tid = ++_tidLast }) { Waiters = { waiter } });
        return Progress.Waits;
    }

    /// <summary>Asks a rank for a name, whoever has asked before; the waiter runs when an answer has come.</summary>
    /// <param name="waiter">Who waits.</param>
    /// <param name="to">Who is asked.</param>
    /// <param name="question">What for; its number is given here.</param>
    /// <param name="isFree">Called before that where the answer is that the name is free.</param>
    public Progress AskAnew(Continuation waiter, RankId to, Discover question, Action isFree)
    {
        Put(new Question(to, question with { Tid = ++_tidLast }) { Waiters = { waiter }, IsFree = isFree });
        return Progress.Waits;
    }

    /// <summary>Who is asked for what a request waits for; none where nobody is.</summary>
    public RankId AskedFor(Continuation waiter)
    {
        foreach (Question question in _questions.Values)
        {
            if (question.Waiters.Contains(waiter))
                return question.To;
        }

        return RankId.None;
    }

    private void Put(Question question)
    {
        _questions.Add(question.Message.Tid, question);
        Resend(question);
    }

    private void Resend(Question question)
    {
        ClusterRank to = Map[question.To];
        if (!to.IsUp || (_lost & (1UL << question.To.Value)) != 0)
            return;
        question.SentTo = to.Incarnation;
        Send(question.To, question.Message);
    }

    private void ResendQuestions()
    {
        foreach (Question question in _questions.Values)
        {
            if (question.SentTo != Map[question.To].Incarnation)
                Resend(question);
        }
    }

    /// <summary>A question that was asked, and who waits for what comes of it.</summary>
    private sealed class Question(RankId to, Discover message)
    {
        public RankId To => to;

        public Discover Message => message;

        public List<Continuation> Waiters { get; init; } = [];

        /// <summary>Called where the name is free; only whoever asked first wants to know.</summary>
        public Action? IsFree { get; init; }

        /// <summary>How often the one asked knew somebody better.</summary>
        public int Hints { get; init; }

        /// <summary>The life that was asked; 0 while none was there.</summary>
        public ulong SentTo { get; set; }

        public bool IsSame(Discover other)
        {
            bool isSame = message.Base == other.Base && message.BaseFrag == other.BaseFrag
                && message.WantBaseDir == other.WantBaseDir && message.WantBaseInode == other.WantBaseInode
                && message.Path.Count == other.Path.Count;
            for (int i = 0; isSame && i < message.Path.Count; i++)
                isSame = message.Path[i].AsSpan().SequenceEqual(other.Path[i]);
            return isSame;
        }
    }
}
